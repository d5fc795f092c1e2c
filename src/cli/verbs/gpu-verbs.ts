import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { GpuMachine, GpuStop } from '../commands.ts';
import { exitCodes } from '../exit-codes.ts';
import { answerJson, openFor, type VerbContext } from '../verb-context.ts';

const installationForm = /^[0-9a-f]{8}$/;

/** `gpu list`, `gpu stop-all`, `gpu allow`. */
export function addGpuVerbs(context: VerbContext): void {
  const gpu = context.program
    .command('gpu')
    .description('machines that are rented, by the word of their vendors');
  gpu
    .command('list')
    .description('what this installation has rented now')
    .option(
      '--installation <id>',
      'whose machines: 8 characters, where the database is gone',
      readInstallation,
    )
    .action(async ({ installation }) => {
      const { commands, call, output, isJson } = await openFor(context, { secrets: 'wanted' });
      const { machines, problems } = await commands.listGpus({ ...call, installation: installation ?? null });
      if (isJson) answerJson(output, { machines, problems });
      else output.answer(presentMachines(machines, problems));
      if (problems.length > 0) context.exitWith(exitCodes.badResult);
    });
  gpu
    .command('stop-all')
    .description(
      'end every rented machine now, also where the rest of the agent is gone; none is rented after it',
    )
    .option(
      '--installation <id>',
      'whose machines: 8 characters, where the database is gone',
      readInstallation,
    )
    .action(async ({ installation }) => {
      const { commands, call, output, isJson } = await openFor(context, { secrets: 'wanted' });
      const stop = await commands.stopGpus({ ...call, installation: installation ?? null });
      if (isJson) answerJson(output, stop);
      else output.answer(presentStop(stop));
      if (stop.left.length + stop.unknown.length > 0) context.exitWith(exitCodes.badResult);
    });
  gpu
    .command('allow')
    .description('machines may be rented again')
    .action(async () => {
      const { commands, call, output, isJson } = await openFor(context, { secrets: 'wanted' });
      const { wasHeld } = await commands.allowGpus(call);
      if (isJson) answerJson(output, { wasHeld });
      else output.answer(wasHeld ? 'Machines may be rented again.' : 'Nothing held them.');
    });
}

function readInstallation(text: string): string {
  const id = text.toLowerCase().replace(/^ka-/, '').slice(0, 8);
  if (installationForm.test(id)) return id;
  throw new InvalidArgumentError('It must be 8 characters of 0-9 and a-f.');
}

function presentMachines(
  machines: readonly GpuMachine[],
  problems: readonly { provider: string; problem: string }[],
): string {
  const lines = machines.map(
    ({ provider, id, state, pricePerHourUsd, detail }) =>
      `${provider}  ${id}  ${state}  $${pricePerHourUsd.toFixed(3)}/h${detail === null ? '' : `  ${detail}`}`,
  );
  const none = machines.length === 0 && problems.length === 0 ? ['Nothing is rented.'] : [];
  return [...lines, ...none, ...problems.map(({ provider, problem }) => `${provider}: ${problem}`)].join(
    '\n',
  );
}

function presentStop({ stopped, left, unknown, isHeld }: GpuStop): string {
  const count = stopped.length === 1 ? '1 rented machine was' : `${stopped.length} rented machines were`;
  return [
    stopped.length === 0 ? 'No rented machine was there.' : `${count} ended.`,
    ...left.map(({ provider, id, reason }) => `Still there: ${id} at ${provider}. ${reason}`),
    ...unknown.map(({ provider, reason }) => `${provider} does not say what is there: ${reason}`),
    isHeld
      ? 'None is rented until `kaggle-agent gpu allow`, or /kaggle resume --all-gpus.'
      : 'The database was not reached, so an agent that starts again may rent again; KAGGLE_AGENT_GPU_MAX_MACHINES=0 keeps it from that.',
  ].join('\n');
}
