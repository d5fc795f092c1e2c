def scaled(rounds, effort):
    """Fewer trees where less effort is allowed (a debug run, or too little time)."""
    return max(10, round(rounds * effort))
