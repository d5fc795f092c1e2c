/** A change of an interface that scripts written from memory stumble over. */
type VersionNote = {
  /** In the output of a failed script or in its text: then the note is worth telling. */
  sign: RegExp;
  note: string;
};

/** Source: the change logs of LightGBM 4, XGBoost 2.1, pandas 2 and 3, scikit-learn 1.2 to 1.9, NumPy 2, transformers 4. */
const notes: readonly VersionNote[] = [
  {
    sign: /early_stopping_rounds|verbose_eval|evals_result|lightgbm|\blgb\b/i,
    note: 'LightGBM 4: fit() and train() take no early_stopping_rounds, verbose_eval or evals_result; pass callbacks=[lgb.early_stopping(50, verbose=False), lgb.log_evaluation(0)], and verbosity=-1 as a parameter.',
  },
  {
    sign: /xgboost|\bxgb\b/i,
    note: 'XGBoost 2.1: early_stopping_rounds and eval_metric belong to the constructor, not to fit(); callbacks too. Use device="cpu" or "cuda", tree_method="hist".',
  },
  {
    sign: /AdamW/,
    note: 'AdamW comes from torch.optim; transformers has none any more.',
  },
  {
    sign: /evaluation_strategy|TrainingArguments|transformers/,
    note: 'transformers: evaluation_strategy is called eval_strategy; Trainer takes processing_class in place of tokenizer.',
  },
  {
    sign: /select_dtypes|dtype.*object|\bobject\b.*dtype/,
    note: 'pandas 3: text columns have dtype str, not object. Tell columns apart with pd.api.types.is_numeric_dtype(), not with select_dtypes("object").',
  },
  {
    sign: /\.append\(|iteritems|'DataFrame' object has no attribute|'Series' object has no attribute/,
    note: 'pandas 2: DataFrame.append, Series.append, iteritems and mad are gone; use pd.concat and items.',
  },
  {
    sign: /inplace=True|ChainedAssignment|SettingWithCopy/,
    note: 'pandas 3: chained assignment such as frame["a"].fillna(0, inplace=True) changes nothing; write frame["a"] = frame["a"].fillna(0).',
  },
  {
    sign: /fillna\(method|infer_datetime_format|\bffill|\bdelim_whitespace|groupby\(.*axis/,
    note: 'pandas 3: fillna(method=...) is gone, use ffill() or bfill(); read_csv has no delim_whitespace, groupby no axis.',
  },
  {
    sign: /mean_squared_error|squared=False/,
    note: 'scikit-learn 1.6: mean_squared_error has no squared; use root_mean_squared_error (since 1.4), or take the square root.',
  },
  {
    sign: /OneHotEncoder|sparse=/,
    note: 'scikit-learn 1.4: OneHotEncoder takes sparse_output, not sparse (since 1.2 both were known).',
  },
  {
    sign: /load_boston|normalize=|affinity=|base_estimator|loss=.?["'](?:ls|lad|log|mse|mae)["']/,
    note: 'scikit-learn: base_estimator is called estimator; normalize= and load_boston are gone; losses are squared_error, absolute_error, log_loss.',
  },
  {
    sign: /multi_class|penalty=.?["']none["']|liblinear|LogisticRegression/,
    note: 'scikit-learn 1.8: LogisticRegression takes no multi_class; penalty="none" is penalty=None; liblinear does two classes only.',
  },
  {
    sign: /TargetEncoder/,
    note: 'scikit-learn 1.3 brought TargetEncoder; shuffle and random_state of it are deprecated in 1.9. fit_transform() is cross-fitted, fit().transform() on the same rows is a leak.',
  },
  {
    sign: /HistGradientBoosting|categorical_features/,
    note: 'HistGradientBoosting reads no raw strings, and no category column of more than 255 levels: give it ordinal codes.',
  },
  {
    sign: /np\.(?:float|int|bool|object|str|Inf|NaN|product|in1d|trapz)\b|module 'numpy' has no attribute/,
    note: 'NumPy 2: np.float, np.int, np.bool, np.Inf, np.NaN, np.product and np.in1d are gone; use float, int, bool, np.inf, np.nan, np.prod, np.isin.',
  },
  {
    sign: /SMOTE|fit_sample|imblearn/,
    note: 'imbalanced-learn: fit_sample is fit_resample; resample the training rows of a fold only.',
  },
  {
    sign: /torch\.load|weights_only|GradScaler|autocast/,
    note: 'torch 2.6: torch.load reads weights only unless told otherwise; GradScaler and autocast live in torch.amp and take the device first.',
  },
];

const mostNotes = 6;

/** The notes that a failed script and its output call for, the most likely first; none where nothing fits. */
export function versionNotesFor(output: string, script: string): string[] {
  const byOutput = notes.filter(({ sign }) => sign.test(output));
  const byScript = notes.filter((note) => !byOutput.includes(note) && note.sign.test(script));
  return [...byOutput, ...byScript].slice(0, mostNotes).map(({ note }) => note);
}

/** All of them, for who writes from nothing. */
export const allVersionNotes = notes.map(({ note }) => `- ${note}`).join('\n');
