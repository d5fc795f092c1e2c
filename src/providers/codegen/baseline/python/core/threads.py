# Cores that one fit may use; trees of a forest are grown side by side in any case.
THREADS = N_JOBS
