import { listCompetitions } from '../arena/catalog.ts';
import type { Commands, DoctorCheck } from '../cli/commands.ts';
import { asFailure } from '../domain/errors.ts';
import { findPython } from '../infra/python.ts';
import { type Check, chatChecks, type Finding, off, ok } from './doctor-chats.ts';
import { computeChecks } from './doctor-compute.ts';
import { groundChecks } from './doctor-ground.ts';
import { lookAtImages } from './doctor-images.ts';
import { lookAtModels, whoWrites } from './doctor-models.ts';
import { objectChecks } from './doctor-objects.ts';
import { opsChecks } from './doctor-ops.ts';
import { queueChecks } from './doctor-queue.ts';
import { lookAtResearch } from './doctor-research.ts';
import { secretChecks } from './doctor-secrets.ts';
import { stateChecks } from './doctor-state.ts';
import { readKaggleAccount } from './kaggle-account.ts';
import type { Session } from './session.ts';
import { shippedFolder } from './shipped.ts';
import { lookAtTracking } from './tracking.ts';
import { projectRoot } from './version.ts';

const checkTimeoutMs = 10_000;

const order: Record<DoctorCheck['status'], number> = { error: 0, warn: 1, ok: 2, note: 3, off: 4 };

/** Looks at every port: which adapter is active and why, whether it answers, and what to do. Broken first. */
export async function doctor(
  session: Session,
  input: Parameters<Commands['doctor']>[0],
): Promise<readonly DoctorCheck[]> {
  const checks = await Promise.all(
    allChecks(session).map(async ({ port, look }): Promise<DoctorCheck> => {
      const startedAt = performance.now();
      const signal = AbortSignal.any([input.signal, AbortSignal.timeout(checkTimeoutMs)]);
      try {
        const finding = await look(signal);
        return { port, ...finding, elapsedMs: Math.round(performance.now() - startedAt) };
      } catch (error) {
        const { message } = asFailure(error);
        return { port, status: 'error', message, next: null, elapsedMs: null };
      }
    }),
  );
  return checks.toSorted((a, b) => order[a.status] - order[b.status]);
}

function allChecks(session: Session): Check[] {
  const { config } = session.settings;
  return [
    ...groundChecks(session),
    ...stateChecks(session),
    ...queueChecks(session),
    ...objectChecks(session),
    ...secretChecks(session),
    ...opsChecks(session),
    { port: 'kaggle', look: (signal) => lookAtKaggle(session, signal) },
    { port: 'models', look: (signal) => lookAtModels(config, signal) },
    {
      port: 'research',
      look: (signal) => lookAtResearch(config, config.models.claudeKey !== null, signal),
    },
    { port: 'code', look: async () => ok(whoWrites(config)) },
    ...computeChecks(session),
    { port: 'python', look: (signal) => lookAtPython(session, signal) },
    { port: 'images', look: (signal) => lookAtImages(session.settings.config, signal) },
    { port: 'tracking', look: (signal) => lookAtTracking(config, signal) },
    ...chatChecks(session),
    { port: 'heartbeat', look: async () => lookAtHeartbeat(session) },
  ];
}

async function lookAtKaggle({ settings }: Session, signal: AbortSignal): Promise<Finding> {
  const { access: credentials, baseUrl } = settings.config.kaggle;
  if (credentials === null) {
    const entries = await listCompetitions([...settings.config.arena.folders, shippedFolder(projectRoot)]);
    const broken = entries.find(({ problem }) => problem !== null);
    if (broken !== undefined) {
      return { status: 'warn', message: broken.problem ?? '', next: `mend or remove ${broken.folder}` };
    }
    if (entries.length === 0) {
      return {
        status: 'warn',
        message: 'practice arena without competitions',
        next: 'script/setup builds them',
      };
    }
    return off(
      `practice arena, ${entries.length} competitions; real Kaggle: not set`,
      'kaggle-agent connect kaggle',
    );
  }
  try {
    return ok(`real Kaggle as ${await readKaggleAccount({ baseUrl, access: credentials }, signal)}`);
  } catch (error) {
    const failure = asFailure(error);
    return {
      status: 'error',
      message: failure.message,
      next:
        failure.kind === 'transient'
          ? `is this machine online, and is ${baseUrl} right? then kaggle-agent doctor`
          : 'new token at kaggle.com/settings/api, then kaggle-agent connect kaggle',
    };
  }
}

function lookAtHeartbeat({ settings }: Session): Finding {
  if (settings.config.talking.heartbeatUrl !== null) return ok('HEARTBEAT_URL is called each minute');
  const message = 'HEARTBEAT_URL is not set, so nobody outside notices when this machine stops';
  return { status: 'note', message, next: null };
}

async function lookAtPython({ settings }: Session, signal: AbortSignal): Promise<Finding> {
  const configured = settings.config.training.python ?? undefined;
  const python = await findPython({ configured, projectRoot, signal });
  const extras = [python.lightgbm ? 'LightGBM' : 'no LightGBM', python.ruff ? 'ruff' : 'no ruff'];
  return ok(
    `${python.path} ${python.version}, scikit-learn ${python.sklearn}, pandas ${python.pandas}, ${extras.join(', ')}`,
  );
}
