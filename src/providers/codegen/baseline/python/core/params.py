import json
from functools import partial


def read_params(chosen, beside_data):
    """The hyper-parameters of each member: the file's where there is one, else those of PARAMS."""
    params = {name: dict(values) for name, values in PARAMS.items()}
    path = chosen or beside_data
    given = json.loads(path.read_text(encoding="utf-8")) if chosen or path.exists() else {}
    for member, values in given.items():
        known = params.get(member, {})
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise SystemExit(f"{path.name}: {member} has no hyper-parameter {unknown[0]}.")
        known.update(values)
    return params


def members_of(params, without):
    """The members that this run trains, each with its hyper-parameters."""
    chosen = []
    for member in MEMBERS:
        own = params[member.name]
        if f"model:{member.name}" != without:
            chosen.append(member._replace(build=partial(member.build, params=own), seeds=own["seeds"]))
    return chosen
