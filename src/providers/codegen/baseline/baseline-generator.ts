import { BusinessFailure } from '../../../domain/errors.ts';
import type { CodeGenerator, CodeRequest, GeneratedCode } from '../contract.ts';
import { assignColumns, type ColumnRoles } from './columns.ts';
import { composeScript, type PlannedMember } from './compose-script.ts';
import { featureCatalog } from './features.ts';
import { type Layout, planLayout } from './layout.ts';
import { countOf, numberOf } from './model-code.ts';
import { modelCatalog } from './models.ts';
import { writeRequirements } from './requirements.ts';

const minimumRecipes = ['numbers', 'categories'];
const regressionOnly = new Set(['ridge', 'lasso', 'elastic-net', 'svr', 'kernel-ridge', 'text-ridge']);
const classesOnly = new Set([
  'logistic',
  'svc',
  'pca-svc',
  'text-logistic',
  'text-nb',
  'text-svc',
  'complement-nb',
]);
const defaultTopics = 80;

/**
 * Writes training scripts from pieces, without any language model: the pieces that appear follow from the
 * approach, the profile and the problem. Needs no key, no network and no other program.
 */
export function createBaselineGenerator(): CodeGenerator {
  return {
    name: 'baseline',
    canDebug: false,
    generate: (request, { signal }) => generateBaseline(request, signal),
  };
}

async function generateBaseline(request: CodeRequest, signal: AbortSignal): Promise<GeneratedCode> {
  const { problem, profile, approach, environment } = request;
  const roles = assignColumns(problem, profile);
  const layout = planLayout(problem);
  const { members, skipped } = planMembers(request, layout, roles);
  const known = [...new Set([...minimumRecipes, ...approach.features])];
  const script = await composeScript(
    {
      request,
      roles,
      layout,
      recipes: known.filter((name) => featureCatalog.get(name)?.applies(roles) ?? false),
      members,
      usesTargetMeans: approach.features.includes('target-means'),
      topics: topicsOf(request, roles),
      stacks: approach.features.includes('stack') && !layout.isRegression && members.length > 1,
    },
    signal,
  );
  const usesLightgbm = members.some((member) => member.code.fragments.includes('models/lightgbm_import'));
  const unused = known.filter((name) => !featureCatalog.get(name)?.applies(roles));
  return {
    script,
    requirements: writeRequirements(usesLightgbm),
    notes: [
      `Members: ${members.map((member) => member.name).join(', ')}.`,
      ...(unused.length > 0 ? [`Left out for want of fitting columns or code: ${unused.join(', ')}.`] : []),
      ...(skipped.length > 0 ? [`Models this generator could not use here: ${skipped.join(', ')}.`] : []),
      ...(usesLightgbm && !environment.lightgbm
        ? ['LightGBM is not installed; its stand-in will be used.']
        : []),
    ],
  };
}

/** @throws BusinessFailure `codegen.no_model` where none of the approach's models can be written */
function planMembers(
  { problem, approach, environment }: CodeRequest,
  layout: Layout,
  roles: ColumnRoles,
): { members: PlannedMember[]; skipped: string[] } {
  const members: PlannedMember[] = [];
  const skipped: string[] = [];
  const hasText = roles.text.length > 0;
  for (const { kind: asked, params } of approach.models) {
    const kind = asked === 'lightgbm' && !environment.lightgbm ? 'bagged-boosting' : asked;
    const write = modelCatalog[kind];
    const fits = !(layout.isRegression ? classesOnly : regressionOnly).has(kind);
    if (write === undefined || !fits) {
      skipped.push(asked);
      continue;
    }
    const code = write({
      isRegression: layout.isRegression,
      classCount: problem.classes?.length ?? 0,
      metric: problem.metric,
      params,
    });
    if (code.view !== 'table' && !hasText) {
      skipped.push(asked);
      continue;
    }
    const same = members.filter((member) => member.name.replace(/-\d+$/, '') === kind).length;
    const name = same === 0 ? kind : `${kind}-${same + 1}`;
    members.push({ name, code, seeds: Math.min(10, countOf(params, 'seeds', 1)) });
  }
  if (members.length > 0) return { members, skipped };
  throw new BusinessFailure(
    `None of the models of approach ${approach.name} (${skipped.join(', ')}) can be written by the baseline ` +
      'generator for this problem; choose another approach.',
    { code: 'codegen.no_model' },
  );
}

function topicsOf({ approach }: CodeRequest, roles: ColumnRoles): number {
  if (roles.text.length === 0 || !approach.features.includes('text-topics')) return 0;
  const asked = approach.models.map(({ params }) => numberOf(params, 'topics', 0));
  return Math.max(...asked, 0) || defaultTopics;
}
