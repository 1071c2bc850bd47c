"""Optuna looks for a network, and ends those that fall behind: a callback tells it how each does, and asks whether to go on.

python examples/pruning.py [--trials 20]
"""

import argparse

import optuna

import chainrule as cr

EPOCHS = 8


def pruning(trial):
    """A callback that tells a trial the accuracy after each epoch, and ends the run if Optuna has seen better ones."""

    def told(moment):
        trial.report(moment.validation.accuracy, moment.number)
        return trial.should_prune()

    return told


def objective(trial, train, valid):
    """The accuracy on validation images of a network as the trial suggests it."""
    hidden = trial.suggest_int("hidden", 8, 128, log=True)
    rate = trial.suggest_float("learning_rate", 1e-3, 10.0, log=True)
    activation = trial.suggest_categorical("activation", ["sigmoid", "tanh", "relu"])
    net = cr.Network([784, hidden, 10], activation=activation, cost="log-likelihood", initializer="he", seed=0)
    try:
        history = net.fit(
            *train, epochs=EPOCHS, learning_rate=rate, validation=valid, keep="best", callbacks=[pruning(trial)]
        )
    except cr.DivergenceError as error:
        raise optuna.TrialPruned from error
    if len(history.epochs) < EPOCHS:
        raise optuna.TrialPruned
    return net.score(*valid)


def study(trials=20, examples=2000):
    """The study, of which each trial has its parameters, and how far it came."""
    train, valid, _ = cr.datasets.mnist()
    train, valid = (train[0][:examples], train[1][:examples]), (valid[0][:1000], valid[1][:1000])
    made = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=1),
    )
    made.optimize(lambda trial: objective(trial, train, valid), trials)
    return made


def main():
    """Look for a network, and print the best and what became of the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    made = study(parser.parse_args().trials)
    for trial in made.trials:
        last = trial.last_step or 0
        print(
            f"{trial.state.name.lower():8}  {last} epochs  {trial.intermediate_values.get(last, 0):6.1%}  {trial.params}"
        )
    print(f"the best: {made.best_value:.1%}  {made.best_params}")


if __name__ == "__main__":
    main()
