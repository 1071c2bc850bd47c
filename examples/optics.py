"""A lens without a blur: light bends by Snell's law, and the derivative says how the lens has to be ground.

python examples/optics.py
"""

import numpy as np

import chainrule as cr

GLASS, DISTANCE, HEIGHTS = 1.5, 50.0, np.linspace(-12, 12, 13)  # index of refraction; millimeters


def rays(power, conic, height):
    """Parallel light leaves the glass: how deep its surface is there, and how much a ray rises per millimeter from then on."""
    c = power / 100.0  # the curvature of the surface at its middle
    root = np.sqrt(1 - (1 + conic) * c**2 * height**2)
    depth, slope = c * height**2 / (1 + root), c * height / root
    cosine = 1 / np.sqrt(1 + slope**2)  # of the angle between the ray and the normal of the surface
    bent = np.sqrt(1 - GLASS**2 * (1 - cosine**2)) - GLASS * cosine
    return depth, bent * cosine * slope / (GLASS + bent * cosine)


def blur(power, conic, height=HEIGHTS):
    """The mean square of the distances from the axis at which rays meet the sensor, in square millimeters."""
    depth, rise = rays(power, conic, height)
    return np.mean((height + rise * (DISTANCE + depth)) ** 2)


def main() -> None:
    """Grind a sphere, then a conic, and say how large the spot is."""
    sphere = cr.minimize(lambda power: blur(power, 0.0), 3.0).x
    power, conic = cr.minimize(lambda lens: blur(*lens), [sphere, 0.0], tolerance=1e-12).x
    for name, lens in (("sphere", (sphere, 0.0)), ("conic", (power, conic))):
        print(
            f"{name}: curved by 1/{100 / lens[0]:.2f} mm, conic constant {lens[1]:.4f}, spot {np.sqrt(blur(*lens)):.0e} mm"
        )
    print(
        f"theory: a hyperbola of conic constant {-(GLASS**2):.2f}, curved by 1/{DISTANCE * (GLASS - 1):.2f} mm, has no blur"
    )


if __name__ == "__main__":
    main()
