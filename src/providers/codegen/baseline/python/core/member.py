from collections import namedtuple

# One model of the script's own blend. `view` names the features it reads; `seeds` fits are averaged.
Member = namedtuple("Member", ["name", "view", "build", "seeds"])
