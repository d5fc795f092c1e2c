import { answerList } from '../../bot/answers/list.ts';
import { answerLogs } from '../../bot/answers/logs.ts';
import { answerStatus } from '../../bot/answers/status.ts';
import { allSettings, explainSetting } from '../../config/settings-document.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import type { Overview } from '../../domain/overview.ts';
import { exitCodes } from '../exit-codes.ts';
import { presentAnswer } from '../present-answer.ts';
import { presentDoctor } from '../present-doctor.ts';
import { presentSettings } from '../present-settings.ts';
import { answerJson, openFor, type VerbContext, wholeNumber } from '../verb-context.ts';

const defaultLogLines = 20;

/** `doctor`, `status`, `list`, `logs`, `config`, `version`: the verbs that only look. */
export function addLookVerbs(context: VerbContext): void {
  addDoctor(context);
  addStatus(context);
  addLogs(context);
  addConfig(context);
  context.program
    .command('version')
    .description('the version')
    .action(() => {
      const isJson = context.program.opts().json === true;
      if (isJson) answerJson(context.output(), { version: context.version });
      else context.output().answer(context.version);
    });
}

function addDoctor(context: VerbContext): void {
  context.program
    .command('doctor')
    .description('check every port: which adapter is active, whether it answers, what to do when not')
    .action(async () => {
      const { commands, call, output, isJson } = await openFor(context, { secrets: 'wanted' });
      const checks = await commands.doctor(call);
      const isFine = checks.every(({ status }) => status !== 'error');
      if (isJson) answerJson(output, { ok: isFine, checks });
      else output.answer(presentDoctor(checks));
      if (!isFine) context.exitWith(exitCodes.badResult);
    });
}

function addStatus(context: VerbContext): void {
  const { program } = context;
  program
    .command('status')
    .description('where a competition is, its scores and what it does now')
    .argument('<slug>', 'the competition')
    .action(async (slug) => {
      const { commands, call, output, isJson } = await openFor(context);
      const overview = await commands.status({ ...call, slug });
      const { participation } = overview;
      if (isJson) answerJson(output, { competition: withoutHistory(overview) });
      else
        output.answer(
          presentAnswer(context.now(), (scene) =>
            answerStatus(scene, { overview, content: null, budget: null, known: null, participation }),
          ),
        );
    });
  program
    .command('list')
    .description('all competitions, one line each')
    .action(async () => {
      const { commands, call, output, isJson } = await openFor(context);
      const overviews = await commands.list(call);
      if (isJson) answerJson(output, { competitions: overviews.map(withoutHistory) });
      else
        output.answer(
          presentAnswer(context.now(), (scene) =>
            answerList(scene, overviews, { filter: 'all', page: 1, perPage: overviews.length }),
          ),
        );
    });
}

/** `logs` and `events` tell what came before; these documents are about now. */
function withoutHistory({ passed: _, ...overview }: Overview): Omit<Overview, 'passed'> {
  return overview;
}

function addLogs(context: VerbContext): void {
  context.program
    .command('logs')
    .description('the last steps of a competition with their outcome')
    .argument('<slug>', 'the competition')
    .option('-n, --limit <number>', 'how many', wholeNumber(1), defaultLogLines)
    .action(async (slug, { limit }) => {
      const { commands, call, output, isJson } = await openFor(context);
      const logs = await commands.logs({ ...call, slug, limit });
      if (isJson) answerJson(output, { competition: slug, ...logs });
      else output.answer(presentAnswer(context.now(), (scene) => answerLogs(scene, slug, logs)));
    });
}

function addConfig(context: VerbContext): void {
  const config = context.program
    .command('config')
    .description('every setting with its value and where it came from');
  config.action(async () => {
    const { commands, output, isJson } = await openFor(context, { secrets: 'wanted' });
    const settings = commands.settings();
    if (isJson) answerJson(output, { settings });
    else output.answer(presentSettings(settings));
  });
  config
    .command('explain')
    .description('one setting: meaning, unit, default, example, what it switches on')
    .argument('<name>', 'its environment variable')
    .action((name) => {
      const output = context.output();
      const explained = explainSetting(name);
      if (explained === null) throw unknownSetting(name);
      if (context.program.opts().json === true)
        answerJson(output, { name: name.toUpperCase(), text: explained });
      else output.answer(explained);
    });
}

function unknownSetting(name: string): BusinessFailure {
  const near = nearestName(
    name,
    allSettings().map(({ env }) => env),
  );
  return new BusinessFailure(`${name} is no setting; docs/configuration.md lists all.`, {
    code: 'usage.invalid',
    details: near === null ? {} : { nearest: [near] },
  });
}
