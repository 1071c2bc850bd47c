"""Hit a target through the air: a derivative through a simulation, a loop of plain NumPy with wind and drag.

python examples/throw.py
"""

import numpy as np

import chainrule as cr

TARGET = np.array([30.0, 5.0])


def flight(velocity, steps=100, duration=2.0):
    """Where a ball is after its flight."""
    place, time = np.zeros(2), duration / steps
    wind, weight = np.array([-2.0, 0.0]), np.array([0.0, -9.81])
    for _ in range(steps):
        through_air = velocity - wind
        drag = -0.02 * through_air * np.sqrt(np.sum(through_air**2))
        velocity = velocity + time * (weight + drag)
        place = place + time * velocity
    return place


def aim(velocity, rounds=8):
    """The velocity to throw with: Newton's method on where it lands, with the Jacobian of the whole flight."""
    fast, slopes = cr.compile(flight), cr.compile(cr.jacobian(flight))
    for _ in range(rounds):
        velocity = velocity - np.linalg.solve(slopes(velocity), fast(velocity) - TARGET)
    return velocity


def main() -> None:
    """Aim, and say how near it comes."""
    velocity = aim(np.array([15.0, 10.0]))
    miss = np.linalg.norm(flight(velocity) - TARGET)
    print(f"to be at {TARGET[0]:.0f} m ahead and {TARGET[1]:.0f} m up after two seconds, against wind and drag:")
    print(f"throw with {velocity[0]:.2f} m/s ahead and {velocity[1]:.2f} m/s up, which is {miss:.0e} m off")


if __name__ == "__main__":
    main()
