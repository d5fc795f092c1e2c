import { join, relative } from 'node:path';
import type { Commands, ConnectableService, ConnectOutcome } from '../../cli/commands.ts';
import { createSecret } from '../../config/secret.ts';
import type { SourceKind } from '../../config/sources.ts';
import { writeEnvFile } from '../../config/write-env-file.ts';
import { BusinessFailure, ConfigurationFailure, Failure, TransientFailure } from '../../domain/errors.ts';
import type { Session } from '../session.ts';
import { slackManifestFile } from '../slack-scopes.ts';
import type { ConnectPlan, ConnectStep, Given } from './contract.ts';

const callTimeoutMs = 20_000;

type Input = Parameters<Commands['connect']>[0];
type Place = { workingFolder: string };

/**
 * Connects one service: asks for what the settings do not have, tries everything for real, writes what was asked into
 * `.env`, and says hello. Before all of it works, nothing is written.
 * @throws BusinessFailure `connect.person_needed` where something is missing and nobody can be asked;
 * ConfigurationFailure `connect.bad_value`, and what the services refuse
 */
export async function connect(session: Session, input: Input, place: Place): Promise<ConnectOutcome> {
  const plan = await planOf(session, input.service, place);
  const asked: Record<string, string> = {};
  const file = join(place.workingFolder, '.env');
  try {
    await findOut(session, input, { plan, asked });
    input.signal.throwIfAborted();
    if (Object.keys(asked).length > 0) await writeEnvFile(file, asked);
  } catch (error) {
    if (input.asking !== null) input.tell({ word: null, text: 'Nothing was written.' });
    throw withoutAnswer(error, plan, input.service);
  }
  return await greet(session, input, { plan, asked, file });
}

/** The library of each service takes its time to load, so only the one that is asked for is. */
async function planOf(
  session: Session,
  service: ConnectableService,
  { workingFolder }: Place,
): Promise<ConnectPlan> {
  const { config } = session.settings;
  const shown = relative(workingFolder, slackManifestFile);
  const manifestFile = shown.startsWith('..') ? slackManifestFile : shown;
  const plans = {
    slack: async () =>
      (await import('./slack-plan.ts')).slackPlan({ config, log: session.logging.log, manifestFile }),
    discord: async () => (await import('./discord-plan.ts')).discordPlan({ config }),
    kaggle: async () => (await import('./kaggle-plan.ts')).kagglePlan({ config }),
  };
  return await plans[service]();
}

type Finding = { plan: ConnectPlan; asked: Record<string, string> };

/** Fills `asked` with what a person gave; what the settings have is only tried. */
async function findOut(session: Session, input: Input, { plan, asked }: Finding): Promise<void> {
  const steps = plan.steps.map((step) => ({ step, known: knownOf(session, step) }));
  const missing = steps.flatMap(({ step, known }) => (known === null ? [step] : []));
  if (missing.length > 0 && input.asking === null) throw nobodyToAsk(plan, missing, input.service);
  if (missing.length > 0) for (const text of plan.guide) input.tell({ word: null, text });
  let given: Given = {};
  for (const { step, known } of steps) {
    const kept = known !== null && (await isKept(step, known.from, input)) ? known.text : null;
    const value = kept ?? (await askFor(step, given, input));
    session.logging.addSecrets(step.isSecret ? [createSecret(value)] : []);
    given = { ...given, [step.env]: value };
    if (kept === null) asked[step.env] = value;
    await tryOne(step, given, input);
  }
  const odd = await plan.check?.(given, limited(input.signal));
  if (odd !== undefined && odd !== null) input.tell({ word: 'warn', text: odd });
}

async function tryOne(step: ConnectStep, given: Given, input: Input): Promise<void> {
  const fault = formFault(step, given[step.env] ?? '');
  if (fault !== null) throw new ConfigurationFailure(fault, { code: 'connect.bad_value' });
  const found = await step.test?.(given, limited(input.signal));
  if (found !== undefined) input.tell({ word: 'ok', text: `${step.env}: ${found}` });
}

function formFault(step: ConnectStep, value: string): string | null {
  if (step.isSecret && !/^[\x21-\x7e]+$/.test(value)) {
    return `${step.env} holds a character that no token has; was more copied than the token itself?`;
  }
  return step.fault?.(value) ?? null;
}

type Known = { text: string; from: SourceKind };

function knownOf({ settings }: Session, step: ConnectStep): Known | null {
  const text = step.read(settings.config);
  const from = settings.report.find(({ env }) => env === step.env)?.from ?? 'default';
  return text === null ? null : { text, from };
}

/** What comes from outside of `.env` is not ours to replace: it would go on winning. */
async function isKept(step: ConnectStep, from: SourceKind, { asking }: Input): Promise<boolean> {
  if (from !== '.env' || asking === null) return true;
  return !(await asking.confirm(`${step.env} is in .env already. Replace it?`));
}

async function askFor(step: ConnectStep, given: Given, { asking, signal, tell }: Input): Promise<string> {
  if (asking === null) throw new Error('a missing value is refused before anything is asked');
  const lead = await step.lead?.(given, limited(signal));
  for (const text of lead ?? []) tell({ word: null, text });
  const question = `${step.env} (${step.question})`;
  if (step.isSecret) return await asking.hidden(question);
  if (step.offer === undefined) return await asking.text(question);
  for (;;) {
    const choices = await step.offer(given, limited(signal));
    if (choices.length > 0) return await asking.choose(question, choices);
    if (step.whenNone === undefined) return await asking.text(question);
    await asking.enter(step.whenNone);
  }
}

function nobodyToAsk(plan: ConnectPlan, missing: readonly ConnectStep[], service: string): BusinessFailure {
  return new BusinessFailure(
    `${plan.title} is not connected: some settings are missing, and nobody can be asked here.`,
    {
      code: 'connect.person_needed',
      details: {
        next: [
          'Set these in the environment or in .env (a token also by the file that <NAME>_FILE names):',
          ...missing.map(({ env, question }) => `${env} (${question})`),
          `Then: kaggle-agent connect ${service}`,
        ],
      },
    },
  );
}

type Greeting = { plan: ConnectPlan; asked: Record<string, string>; file: string };

async function greet(
  session: Session,
  input: Input,
  { plan, asked, file }: Greeting,
): Promise<ConnectOutcome> {
  const written = Object.keys(asked);
  if (written.length > 0) {
    input.tell({ word: 'ok', text: `.env has ${written.join(', ')}, for you alone to read (${file})` });
  } else {
    input.tell({ word: 'note', text: 'everything was set already, so .env stays as it is' });
  }
  const given = { ...givenBy(session, plan), ...asked };
  const said = await plan.hello?.(given, limited(input.signal)).catch((error: unknown) => {
    throw afterWriting(error);
  });
  if (said !== undefined) input.tell({ word: 'ok', text: said });
  return {
    service: input.service,
    title: plan.title,
    written,
    file: written.length > 0 ? file : null,
    next: plan.next,
  };
}

function givenBy(session: Session, plan: ConnectPlan): Given {
  return Object.fromEntries(plan.steps.map((step) => [step.env, knownOf(session, step)?.text ?? '']));
}

/** Everything was tried, so the settings stay; but the channel does not take a message. */
function afterWriting(error: unknown): unknown {
  if (!(error instanceof Failure) || error.kind === 'system') return error;
  return new ConfigurationFailure(
    `The settings are in place, but the first message failed: ${error.message}`,
    {
      code: 'connect.no_hello',
      cause: error,
    },
  );
}

/** Nobody but the person tries again. */
function withoutAnswer(error: unknown, { title }: ConnectPlan, service: string): unknown {
  if (!(error instanceof TransientFailure)) return error;
  return new TransientFailure(`${title} does not answer at the moment, so nothing could be tried.`, {
    code: error.code,
    cause: error,
    details: { next: [`Try again in a moment: kaggle-agent connect ${service}`] },
  });
}

function limited(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
}
