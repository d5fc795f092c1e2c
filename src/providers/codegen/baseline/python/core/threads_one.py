# On few rows the threads of one fit wait for each other longer than they work.
THREADS = 1
