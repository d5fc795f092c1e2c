import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createOpenCommands } from '../../src/app/open-commands.ts';
import type { Asking, ConnectableService, ConnectLine, DoctorCheck } from '../../src/cli/commands.ts';
import type { SlackWorkspaceOptions } from '../../src/embedded/slack/contract.ts';
import { startSlackWorkspace } from '../../src/embedded/slack/workspace.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** What a person answers, by the setting that a question begins with; a choice by its label. */
export type Answers = Readonly<Record<string, string | (() => string)>>;

/** A person who answers as the test says, and everything that they were asked. */
export function aPerson(answers: Answers): { asking: Asking; asked: string[] } {
  const asked: string[] = [];
  const answer = (question: string): string => {
    asked.push(question);
    const found = Object.entries(answers).find(([start]) => question.startsWith(start))?.[1];
    if (found === undefined) throw new Error(`nobody knows what to answer to: ${question}`);
    return typeof found === 'string' ? found : found();
  };
  const asking: Asking = {
    text: async (question) => answer(question),
    hidden: async (question) => answer(question),
    async enter(question) {
      answer(question);
    },
    confirm: async (question) => answer(question) === 'yes',
    async choose(question, choices) {
      const given = answer(question);
      return choices.find(({ label }) => label === given)?.value ?? given;
    },
  };
  return { asking, asked };
}

type Started = { environment?: Record<string, string>; envFile?: string };

/** The commands of a folder of its own, with nothing of this machine's environment. */
export async function aWorkplace({ environment = {}, envFile }: Started = {}) {
  const folder = await tempFolder();
  const file = join(folder, '.env');
  if (envFile !== undefined) await writeFile(file, envFile);
  const open = async (canAsk: boolean, mayBeIncomplete: boolean) =>
    await createOpenCommands({
      // Looking for a Python takes seconds and is of no interest here.
      environment: { KAGGLE_AGENT_PYTHON: '/nowhere/python', LOG_LEVEL: 'silent', ...environment },
      workingFolder: folder,
      stderr: { write: () => undefined },
      onOpened: (logging) => onTestFinished(() => logging.close()),
    })(
      {
        flags: {},
        isDemo: false,
        isVerbose: false,
        canAsk,
        mayBeIncomplete,
        toleratesFaults: false,
        secrets: 'wanted',
      },
      AbortSignal.timeout(60_000),
    );
  const told: ConnectLine[] = [];
  return {
    folder,
    told,
    said: () => told.map(({ word, text }) => (word === null ? text : `${word} ${text}`)).join('\n'),
    connect: async (
      service: ConnectableService,
      asking: Asking | null,
      signal = AbortSignal.timeout(60_000),
    ) =>
      await (await open(asking !== null, true)).connect({
        service,
        asking,
        tell: (line) => told.push(line),
        signal,
        onProgress: () => undefined,
      }),
    async check(port: string): Promise<DoctorCheck | undefined> {
      const call = { signal: AbortSignal.timeout(60_000), onProgress: () => undefined };
      return (await (await open(false, false)).doctor(call)).find((one) => one.port === port);
    },
    /** Null where there is none. */
    envFile: () => readFile(file, 'utf8').catch(() => null),
    mode: async () => (await stat(file)).mode & 0o777,
  };
}

/** A Slack workspace with two channels. */
export async function aSlack(options: Partial<SlackWorkspaceOptions> = {}) {
  const workspace = await startSlackWorkspace({
    port: 0,
    channels: ['general', 'kaggle'],
    users: [{ name: 'mika' }],
    folder: null,
    now: () => new Date(),
    rateLimits: 0,
    ...options,
  });
  onTestFinished(() => workspace.close());
  const idOf = (name: string): string => workspace.channels().find((one) => one.name === name)?.id ?? '';
  return { workspace, idOf, environment: { SLACK_API_URL: workspace.apiUrl } };
}
