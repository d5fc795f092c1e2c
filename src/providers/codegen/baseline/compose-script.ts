import type { CodeRequest } from '../contract.ts';
import type { ColumnRoles } from './columns.ts';
import { featureCatalog } from './features.ts';
import { type Fragment, loadFragment, mergeImports } from './fragments.ts';
import type { Layout } from './layout.ts';
import type { ModelCode } from './model-code.ts';
import { featurePart, partsOf } from './parts.ts';
import { literalString, type PythonValue, pythonLiteral, wrapWords } from './python-literal.ts';

export type PlannedMember = { name: string; code: ModelCode; seeds: number };

export type ScriptPlan = {
  request: CodeRequest;
  roles: ColumnRoles;
  layout: Layout;
  recipes: string[];
  members: PlannedMember[];
  usesTargetMeans: boolean;
  /** Dense directions of the text for table models; 0 for none. */
  topics: number;
  stacks: boolean;
};

/** Writes the whole of train.py from the pieces that the plan needs, and no others. */
export async function composeScript(plan: ScriptPlan, signal: AbortSignal): Promise<string> {
  const sections: [title: string, names: string[]][] = [
    ['Reading', ['core/jobs', hasFewRows(plan) ? 'core/threads_one' : 'core/threads', 'core/reading']],
    ['Features', featureFragments(plan)],
    ['Models', ['core/member', ...modelFragments(plan)]],
    [
      'Target and score',
      [...plan.layout.fragments, `metrics/${plan.request.problem.metric}`, 'core/scoring'],
    ],
    [
      'Training',
      [
        'core/clock',
        'core/params',
        'core/checkpoint',
        'core/members',
        plan.stacks ? 'core/stack' : 'core/blend',
      ],
    ],
    ['Output', ['core/outputs', 'core/main']],
  ];
  const imports = plan.members.flatMap((member) => member.code.imports);
  if (plan.members.some((member) => member.code.view === 'text')) {
    imports.push('from scipy import sparse');
  }
  const parts: string[] = [];
  for (const [title, names] of sections) {
    const fragments = await Promise.all(names.map((name) => loadFragment(name, signal)));
    imports.push(...fragments.flatMap((fragment: Fragment) => fragment.imports));
    const bodies = fragments.map((fragment) => fragment.body);
    if (title === 'Features') bodies.push(writeBuildViews(plan));
    if (title === 'Models') bodies.push(...plan.members.map(writeBuilder), writeMembers(plan));
    parts.push(`# ${'-'.repeat(6)} ${title} ${'-'.repeat(90 - title.length)}\n\n\n${bodies.join('\n\n\n')}`);
  }
  return `${writeDocstring(plan)}\n${mergeImports(imports)}\n\n${writeConstants(plan)}\n\n${parts.join('\n\n\n')}\n`;
}

const fewRows = 20_000;

function hasFewRows({ request }: ScriptPlan): boolean {
  return request.profile.train.rows < fewRows;
}

function featureFragments({ recipes, members, topics }: ScriptPlan): string[] {
  const views = new Set(members.map((member) => member.code.view));
  const sparse =
    topics > 0 || ['words', 'chars', 'text'].some((view) => views.has(view as ModelCode['view']));
  return [
    'core/feature_table',
    ...recipes.flatMap((name) => featureCatalog.get(name)?.fragment ?? []),
    ...(sparse ? ['text/join_text'] : []),
    ...(needsView(views, topics, 'words') ? ['text/word_view'] : []),
    ...(needsView(views, topics, 'chars') ? ['text/char_view'] : []),
    ...(views.has('text') ? ['text/both_views'] : []),
    ...(topics > 0 ? ['text/text_topics'] : []),
  ];
}

function needsView(views: ReadonlySet<string>, topics: number, view: 'words' | 'chars'): boolean {
  return views.has(view) || views.has('text') || (topics > 0 && view === 'words');
}

function modelFragments({ members, usesTargetMeans, layout }: ScriptPlan): string[] {
  const wanted = new Set(members.flatMap((member) => member.code.fragments));
  wanted.delete('core/jobs');
  const readsKeys = wanted.has('models/tree_columns') || wanted.has('models/linear_columns');
  const goals = layout.isRegression ? 'models/goals_values' : 'models/goals_classes';
  const keys = usesTargetMeans
    ? [goals, 'models/target_means', 'models/key_columns']
    : ['models/key_columns_none'];
  return [...(readsKeys ? [...keys, 'models/fill_empty'] : []), ...[...wanted].sort()];
}

function writeDocstring({ request, members }: ScriptPlan): string {
  const { problem, approach } = request;
  const lines = [
    approach.title,
    '',
    `Competition: ${problem.title} (${problem.metric}).`,
    `Why: ${approach.rationale}`,
    `Members of the blend: ${members.map((member) => member.name).join(', ')}.`,
    '',
    'Statistics that need no label (counts, vocabularies) are taken over all rows. Everything that learns from ' +
      'labels, scales values or fills gaps is fitted on the training rows of a fold alone, so that the ' +
      'out-of-fold scores are honest.',
  ];
  return `"""${lines.map((line) => wrapWords(line).join('\n')).join('\n')}\n"""\n`;
}

function writeConstants(plan: ScriptPlan): string {
  const { request, roles, layout, recipes, members } = plan;
  const { problem, approach } = request;
  const constants: Record<string, PythonValue> = {
    TITLE: approach.title,
    FAMILY: approach.family,
    METRIC: problem.metric,
    TASK: problem.task,
    ID_COLUMN: problem.idColumn,
    TARGETS: problem.targetColumns,
    ...(layout.isRegression ? {} : { CLASSES: problem.classes ?? [] }),
    ...(layout.needsPositive ? { POSITIVE: layout.positive } : {}),
    ...(problem.metric === 'map_at_k' ? { TOP_K: problem.metricK ?? 3 } : {}),
    PREDICTION_COLUMNS: problem.predictionColumns,
    SUBMISSION_COLUMNS: problem.submissionColumns,
    OUTPUTS: layout.outputs,
    NUMERIC: roles.numeric,
    CATEGORICAL: roles.categorical,
    MANY_LEVELS: roles.manyLevels,
    TEXT: roles.text,
    PARTS: partsOf(plan),
    PARAMS: Object.fromEntries(members.map(({ name, code, seeds }) => [name, { ...code.params, seeds }])),
    ...Object.assign({}, ...recipes.map((name) => featureCatalog.get(name)?.constants(roles) ?? {})),
  };
  return Object.entries(constants)
    .map(([name, value]) => `${name} = ${pythonLiteral(value, 0, name.length + 3)}`)
    .join('\n');
}

function writeBuildViews(plan: ScriptPlan): string {
  const { recipes, members, topics } = plan;
  const views = new Set(members.map((member) => member.code.view));
  const parts = new Set(partsOf(plan));
  const lines = ['features = Features()'];
  const add = (part: string, call: string) => {
    if (parts.has(part)) lines.push(`if without != ${literalString(part)}:`, `    ${call}`);
    else lines.push(call);
  };
  for (const name of recipes) {
    const call = featureCatalog.get(name)?.call;
    if (call !== undefined) add(featurePart(name), call);
  }
  const words = needsView(views, topics, 'words');
  const chars = needsView(views, topics, 'chars');
  const extra: string[] = [];
  if (words || chars) lines.push('texts = join_text(raw)');
  if (words) lines.push('words = word_view(texts)');
  if (chars) lines.push('chars = char_view(texts)');
  if (topics > 0) add(featurePart('text-topics'), `add_text_topics(features, words, ${topics}, seed)`);
  if (parts.has(featurePart('target-means'))) {
    lines.push(
      `if without == ${literalString(featurePart('target-means'))}:`,
      '    features.roles["keys"] = []',
    );
  }
  if (views.has('words')) extra.push('"words": words');
  if (views.has('chars')) extra.push('"chars": chars');
  if (views.has('text')) extra.push('"text": sparse.hstack(texts_with(words, chars, without)).tocsr()');
  const table = views.has('table') ? ['"table": features.table()'] : [];
  const entries = [...table, '"roles": features.roles', ...extra];
  return [
    'def build_views(raw, seed, without):',
    '    """The features of all rows, in the forms that the models read. No label is used here."""',
    ...lines.map((line) => `    ${line}`),
    '    return {',
    ...entries.map((entry) => `        ${entry},`),
    '    }',
    '',
    '',
    'def count_features(views):',
    '    return sum(view.shape[1] for name, view in views.items() if name != "roles")',
  ].join('\n');
}

function functionName(name: string): string {
  return `build_${name.replaceAll('-', '_')}`;
}

function writeBuilder({ name, code }: PlannedMember): string {
  return [
    `def ${functionName(name)}(roles, seed, effort, params):`,
    `    """${code.summary}"""`,
    ...code.body
      .join('\n')
      .split('\n')
      .map((line) => `    ${line}`),
  ].join('\n');
}

function writeMembers({ members }: ScriptPlan): string {
  const rows = members.map(
    ({ name, code, seeds }) =>
      `    Member(${literalString(name)}, ${literalString(code.view)}, ${functionName(name)}, seeds=${seeds}),`,
  );
  return `# The members of the blend, the most trusted first: it is trained even where time is short.\nMEMBERS = [\n${rows.join('\n')}\n]`;
}
