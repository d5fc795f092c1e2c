import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { denied, invalid } from '../api-error.ts';
import type { ArenaContext } from '../context.ts';
import { newestComplete } from '../notebooks/inputs.ts';
import type { Accelerator, KernelVersion } from '../notebooks/kernel-events.ts';
import type { Kernel } from '../notebooks/kernel-history.ts';
import { programOf } from '../notebooks/notebook-source.ts';
import { quotaOf } from '../notebooks/quota.ts';
import { sourcePath } from '../notebooks/session-folder.ts';
import { standingOf } from '../standing.ts';
import { type Answer, json, optionalText, readRequest } from './method.ts';

/** Source: the page on kernels in the documentation of Kaggle/kaggle-cli, February 2026. */
const machineShapes = [
  'NvidiaTeslaP100',
  'NvidiaTeslaT4',
  'NvidiaTeslaT4Highmem',
  'NvidiaL4',
  'NvidiaL4X1',
  'NvidiaTeslaA100',
  'NvidiaH100',
  'NvidiaRtxPro6000',
  'TpuV38',
  'Tpu1VmV38',
  'TpuV5E8',
  'TpuV6E8',
] as const;

/** The others are for some competitions and for the vendor's staff. */
const openShapes: readonly string[] = ['NvidiaTeslaP100', 'NvidiaTeslaT4', 'TpuV38', 'Tpu1VmV38'];

const minTitleLength = 5;
const names = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

const saveRequest = z.object({
  id: z.number().int().positive().nullish(),
  slug: optionalText,
  newTitle: optionalText,
  text: optionalText,
  language: z.enum(['python', 'r', 'rmarkdown']).nullish(),
  kernelType: z.enum(['script', 'notebook']).nullish(),
  isPrivate: z.boolean().nullish(),
  enableGpu: z.boolean().nullish(),
  enableTpu: z.boolean().nullish(),
  enableInternet: z.boolean().nullish(),
  machineShape: z.enum(['', ...machineShapes]).nullish(),
  sessionTimeoutSeconds: z.number().int().positive().nullish(),
  datasetDataSources: names,
  competitionDataSources: names,
  kernelDataSources: names,
  modelDataSources: names,
  categoryIds: names,
  dockerImage: optionalText,
  dockerImagePinningType: z.enum(['', 'original', 'latest']).nullish(),
  kernelExecutionType: z.enum(['SAVE_AND_RUN_ALL', 'INTER_ACTIVE', 'QUICK_SAVE']).nullish(),
  priority: z.number().int().nullish(),
});

type SaveRequest = z.output<typeof saveRequest>;

/** A refusal that travels with status 200, as most of a push's do. */
class PushRefused extends Error {
  override readonly name = 'PushRefused';
}

/** Saves a version and runs it. What the account may not do comes as `error` with status 200, and saves nothing. */
export function saveKernel(ctx: ArenaContext, body: unknown): Answer {
  const request = readRequest(saveRequest, body);
  try {
    return save(ctx, request);
  } catch (error) {
    if (error instanceof PushRefused) return json({ error: error.message });
    throw error;
  }
}

function save(ctx: ArenaContext, request: SaveRequest): Answer {
  if (request.kernelExecutionType === 'INTER_ACTIVE') throw invalid('Interactive sessions are not served.');
  if (request.text.trim() === '') throw new PushRefused('The source of the Kernel must not be empty.');
  const language = request.language ?? 'python';
  const kernelType = request.kernelType ?? 'script';
  if (language !== 'python') throw invalid(`The practice arena runs Python only, and this is ${language}.`);
  programOf(kernelType, request.text);
  const inputs = checkInputs(ctx, request);

  // From here to the journal's entry nothing waits, so two pushes cannot take the same number.
  const sessionId = ctx.account.kernels.nextSessionId();
  const source = sourcePath(ctx.stateFolder, sessionId);
  const version = draft(ctx, request, { language, kernelType, sessionId, ...inputs.kept });
  requireRoom(ctx, version);
  mkdirSync(dirname(source), { recursive: true, mode: 0o700 });
  writeFileSync(source, request.text, { mode: 0o600 });
  ctx.account.record({ type: 'kernel_saved', ...version });
  if (version.isRun) ctx.notebooks.start(version);
  ctx.log.info({ slug: version.slug, sessionId }, 'arena notebook pushed');
  const path = `${ctx.credentials.username}/${version.slug}`;
  return json({
    ref: `/code/${path}`,
    url: `https://www.kaggle.com/code/${path}`,
    versionNumber: version.version,
    kernelId: version.kernelId,
    invalidTags: [],
    ...inputs.refused,
  });
}

/** The inputs that the account may use, and those that a push silently goes without. */
function checkInputs(ctx: ArenaContext, request: SaveRequest) {
  const { kernels } = ctx.account;
  const isUsable = (slug: string): boolean => {
    const competition = ctx.competitions.get(slug);
    return competition !== undefined && standingOf(ctx, competition).hasEntered;
  };
  const isAttachable = (ref: string): boolean => {
    const [owner, slug = ''] = ref.split('/', 2);
    const kernel = owner === ctx.credentials.username ? kernels.bySlug(slug) : null;
    return kernel !== null && newestComplete(kernels, kernel) !== null;
  };
  const split = (all: readonly string[], test: (name: string) => boolean) => ({
    good: all.filter(test),
    bad: all.filter((name) => !test(name)),
  });
  const competitions = split(request.competitionDataSources, isUsable);
  const attached = split(request.kernelDataSources, isAttachable);
  return {
    kept: {
      competitions: competitions.good,
      kernels: attached.good.map((ref) => ref.split('/', 2)[1] ?? ''),
    },
    refused: {
      invalidCompetitionSources: competitions.bad,
      invalidKernelSources: attached.bad,
      // The arena has neither datasets nor models.
      invalidDatasetSources: request.datasetDataSources,
      invalidModelSources: request.modelDataSources,
    },
  };
}

type Known = Pick<KernelVersion, 'language' | 'kernelType' | 'sessionId' | 'competitions' | 'kernels'>;

function draft(ctx: ArenaContext, request: SaveRequest, known: Known): KernelVersion {
  const { behaviour } = ctx;
  const kernel = findKernel(ctx, request);
  const identity = kernel === null ? newIdentity(ctx, request) : nextIdentity(kernel, request);
  if (kernel !== null && kernel.latest.kernelType !== known.kernelType) {
    throw new PushRefused('The type of a Kernel cannot be changed after its creation.');
  }
  const machineShape = request.machineShape ?? '';
  if (machineShape !== '' && !openShapes.includes(machineShape)) {
    throw new PushRefused(`The accelerator ${machineShape} is not available to this account.`);
  }
  const accelerator = acceleratorOf(request, machineShape);
  const longest = accelerator === 'none' ? behaviour.cpuSessionSeconds : behaviour.gpuSessionSeconds;
  const timeoutSeconds = request.sessionTimeoutSeconds ?? longest;
  if (timeoutSeconds > longest) throw invalid(`A session may last at most ${longest} seconds.`);
  return {
    ...known,
    ...identity,
    at: ctx.now(),
    isPrivate: request.isPrivate ?? true,
    hasInternet: request.enableInternet ?? false,
    accelerator,
    machineShape,
    timeoutSeconds,
    isRun: request.kernelExecutionType !== 'QUICK_SAVE',
    categoryIds: request.categoryIds,
    dockerImage: request.dockerImage,
  };
}

function acceleratorOf({ enableGpu, enableTpu }: SaveRequest, machineShape: string): Accelerator {
  if (machineShape.startsWith('Tpu') || (machineShape === '' && enableTpu === true)) return 'tpu';
  return machineShape !== '' || enableGpu === true ? 'gpu' : 'none';
}

/** The notebook that is to get a new version: the id wins over the slug. */
function findKernel(ctx: ArenaContext, { id, slug }: SaveRequest): Kernel | null {
  if (id !== null && id !== undefined) {
    const kernel = ctx.account.kernels.byId(id);
    if (kernel === null) throw denied('kernels.update');
    return kernel;
  }
  const [owner, name, ...rest] = slug.split('/');
  if (name === undefined || name === '' || rest.length > 0) throw invalid('The slug must be "owner/kernel".');
  if (owner !== ctx.credentials.username) throw denied('kernels.update');
  return ctx.account.kernels.bySlug(name);
}

/** The title makes the slug: one that was asked for and differs is not what the notebook is called. */
function newIdentity(ctx: ArenaContext, { newTitle }: SaveRequest) {
  if (newTitle.length < minTitleLength) {
    throw new PushRefused('The title of the Kernel must be at least five characters long.');
  }
  const slug = slugify(newTitle);
  if (slug === '') throw new PushRefused('The title of the Kernel must have letters or digits.');
  if (ctx.account.kernels.bySlug(slug) !== null) {
    throw new PushRefused(
      `The requested title "${newTitle}" is already in use by a kernel. Please choose another title.`,
    );
  }
  return { kernelId: ctx.account.kernels.nextKernelId(), slug, title: newTitle, version: 1 };
}

function nextIdentity({ kernelId, slug, title, latest }: Kernel, { newTitle }: SaveRequest) {
  if (newTitle !== '' && newTitle.length < minTitleLength) {
    throw new PushRefused('The title of the Kernel must be at least five characters long.');
  }
  return { kernelId, slug, title: newTitle === '' ? title : newTitle, version: latest.version + 1 };
}

function slugify(title: string): string {
  return title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50);
}

/** Source: texts of Kaggle/kaggle-cli issue 185. */
function requireRoom(ctx: ArenaContext, { accelerator, isRun }: KernelVersion): void {
  if (accelerator !== 'gpu' || !isRun) return;
  const { gpuSessionsAtOnce } = ctx.behaviour;
  const quota = quotaOf(ctx, 'gpu');
  if (quota.running >= gpuSessionsAtOnce) {
    throw new PushRefused(`Maximum batch GPU session count of ${gpuSessionsAtOnce} reached.`);
  }
  if (quota.usedSeconds + quota.reservedSeconds >= quota.allowedSeconds) {
    const hours = (quota.allowedSeconds / 3600).toFixed(2);
    throw new PushRefused(`Maximum weekly GPU quota of ${hours} hours reached.`);
  }
}
