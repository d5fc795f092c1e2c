import os

# Cores that this run may use.
N_JOBS = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
