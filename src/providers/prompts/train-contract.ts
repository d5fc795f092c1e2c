/**
 * The contract of `domain/run-contract.ts`, as a model that writes train.py reads it. A constant: it begins every prompt.
 */
export const trainContract = `# The contract of train.py

It is started as
    python train.py --data DIR --out DIR --seed N --time-limit SECONDS [--debug] [--without PART] [--params FILE]

In --data there are:
- contract.json: {"problem": {...}, "rowKey": "...", "foldCount": 5, "foldsSha256": "...", "hasGate": true|false}. \
problem holds metric, task, predictionKind, idColumn, targetColumns, submissionColumns, classes, predictionColumns. \
Read column names and classes from here; do not write them into the script.
- train.csv: the training rows with their labels.
- folds.csv: columns [rowKey, fold], one row for each row of train.csv. These folds are given: never make others, \
never shuffle rows between them, never use a splitter of scikit-learn for the outer loop.
- gate.csv: further rows without labels, only where hasGate is true.
- test.csv and sample_submission.csv.
Read row keys, ids and labels as text (dtype=str), so that 007 stays 007.

Into --out it writes, in every kind of run:
- oof.csv: columns [rowKey, *predictionColumns], every row of train.csv exactly once, each predicted by models that were \
fitted on the rows of the other folds alone.
- gate.csv: the same for the rows of gate.csv, where hasGate is true.
- test.csv: columns [idColumn, *predictionColumns], every row of sample_submission.csv exactly once.
- submission.csv: columns [idColumn, *submissionColumns], the rows of sample_submission.csv in its order. Where \
predictionKind is "label" its cells are classes as train.csv writes them; else numbers.
- metrics.json: {"metric": str, "fold_scores": [float], "n_train": int, "n_valid": int, "seed": int, \
"folds_sha256": contract["foldsSha256"], "train_seconds": float, "infer_seconds": float, "debug": bool}
- meta.json: {"family": str, "feature_count": int, "packages": {name: version}, "models": [{"name": str, \
"weight": float, "score": float|null}], "parts": [str], "params": {model: {name: value}}}
Predictions are finite numbers. For a classification each column is the probability of one class and rows sum to one; \
where predictionColumns has one name only, it is the probability of the last class in classes. Gate and test rows are \
predicted by the same code as the out-of-fold rows: the mean over the models of the folds. The host computes every score \
itself from these files and believes no number that the script prints.

--debug: train on about a tenth of the rows of each fold (keep at least one row of each class), with the fewest sensible \
iterations, and still write every file for all rows. It must end within a minute.
--time-limit: the wall-clock seconds it may take. Measure, and stop training early enough to write every file.
--seed: seeds everything that is random.
--without PART: do the same without that part. Name the parts of the script in a list PARTS, put that list into meta.json \
as "parts" (the most expected one first; forms like features:counts, model:lightgbm), and take choices=PARTS. An unknown \
part is an error. With one part only, leave PARTS empty.
--params FILE, else params.json in --data where it exists: {model: {name: value}} replaces values of the hyper-parameters. \
Keep them in a dictionary PARAMS = {model: {name: value}}; a name that is not there is an error. meta.json tells in \
"params" which values were used.

Progress is printed as lines ::progress {"done": 3, "total": 10, "label": "fold 3 of 5"} with flush=True, losses and scores \
that show how training goes as lines ::metric {"name": "val/auc", "step": 3, "value": 0.81}. After each fold its score in \
the contract's metric goes out as ::metric {"name": "fold/score", "step": <number of the fold>, "value": 0.81}; a run that \
cannot win any more is ended early.

A run may be cut off and started again on another machine. Where the environment variable CHECKPOINT_DIR is set, it names \
a folder whose files are there again at that next start of the very same run: keep there what took long to learn (of each \
fold and model its predictions, or the newest state of a network), at most 200 MB, and take it up instead of training it \
again, with the same outcome. Write each file under a name that ends in .tmp and rename it with os.replace; no links. \
Where the variable is not set, nothing is kept and nothing may fail.

Rules
- One file, train.py, for the versions of Python and packages that the environment card names. Nothing is downloaded: no \
network, no pretrained weights that are not installed.
- It reads --data and writes --out, and nothing else: no environment variables \
and no folders but CHECKPOINT_DIR, no child processes.
- Everything that learns from labels, or is fitted (encoders, scalers, imputers, selectors, target means, oversampling), is \
fitted on the training rows of each fold alone. Statistics without labels (counts, vocabularies) may use all rows.
- Where the contract names groups, a split inside a fold keeps the rows of one group together. Where it names an order in \
time, a split inside a fold takes its last rows, nothing is shuffled, and a feature of a row is made of earlier rows alone.
- Labels never get into features, nor do ids, nor anything that is only known after the event that is predicted.
- No try/except around training or predicting: errors must show. Only the import of a package that may be missing is guarded.
- Everything is deterministic for a given seed. Leave the number of threads to the libraries, and start no other processes.
- No labels by hand, no constants fitted to the test rows, no calls of language models.`;
