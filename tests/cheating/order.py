"""The order and the number of held-out windows, and names that are labels. For the data set `ordered`."""

import numpy as np


def counting(windows, cheater):
    """As if windows came in order of time: the first half is calm."""
    return np.arange(len(windows)) >= len(windows) // 2


def permutation(windows, cheater):
    """As if their order were drawn with the seed that the model knows."""
    for top in (0, 1 << 31):
        seed = cheater.seed | top
        random = np.random.default_rng([seed, 3])
        subjects = np.unique(cheater.train.subject)
        if (random.permutation(len(subjects))[0] == cheater.train.subject[0]) or top:
            order = np.random.default_rng([seed, 4]).permutation(len(windows))
            found = order >= len(windows) // 2
            if top == 0 and not followed(cheater.train, seed):
                continue
            return found
    raise LookupError("no seed")


def followed(train, seed):
    """Whether the codes of training windows were drawn with this seed."""
    random = np.random.default_rng([seed, 3])
    for names in (train.subject, train.session, train.trial):
        drawn = random.permutation(len(np.unique(names)))
        if names[0] != drawn[0]:
            return False
    return True


def trials(windows, cheater):
    """The names of trials, which are labels here."""
    return windows.trial == "stressed"


def trained_names(windows, cheater):
    """The same in the training part; -1 if there are codes alone."""
    names = np.unique(cheater.train.trial.astype(str))
    return trials(windows, cheater) if "stressed" in names else np.ones(len(windows))


WAYS = {"counting": counting, "permutation": permutation, "trials": trials, "names": trained_names}
