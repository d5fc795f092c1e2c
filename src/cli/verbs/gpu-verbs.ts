import { InvalidArgumentError } from '@commander-js/extra-typings';
import { dollars, providerTitle } from '../../domain/gpu/explain-choice.ts';
import type { GpuMachine, GpuStop } from '../commands.ts';
import { exitCodes } from '../exit-codes.ts';
import { answerJson, openFor, type VerbContext } from '../verb-context.ts';

const installationForm = /^[0-9a-f]{8}$/;

/** Machines cost money also while a setting of something else is wrong, or Vault does not answer. */
const inNeed = { secrets: 'wanted', toleratesFaults: true } as const;

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
      const { commands, call, output, isJson } = await openFor(context, inNeed);
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
      const { commands, call, output, isJson } = await openFor(context, inNeed);
      context.whenInterrupted(
        'Interrupted: machines may be left. Call it again; `kaggle-agent gpu list` shows what is there.',
      );
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
      else
        output.answer(
          wasHeld ? 'Machines may be rented again.' : 'Nothing held them; machines may be rented.',
        );
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
  const rows = machines.map(({ provider, id, state, pricePerHourUsd, detail }) => [
    providerTitle(provider),
    id,
    state,
    `${dollars(pricePerHourUsd)}/h`,
    detail === null || detail === state ? '' : detail,
  ]);
  const usdPerHour = machines.reduce((sum, machine) => sum + machine.pricePerHourUsd, 0);
  return [
    ...aligned(rows),
    ...(machines.length < 2 ? [] : [`${machines.length} machines, ${dollars(usdPerHour)} an hour together.`]),
    ...(machines.length === 0 && problems.length === 0 ? ['Nothing is rented.'] : []),
    ...problems.map(({ provider, problem }) => unknownAt(provider, problem)),
  ].join('\n');
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widthOf(column)))
      .join('  ')
      .trimEnd(),
  );
}

function presentStop({ stopped, left, unknown, isHeld }: GpuStop): string {
  const count = stopped.length === 1 ? '1 rented machine was' : `${stopped.length} rented machines were`;
  const none = unknown.length === 0 && left.length === 0 ? ['No rented machine was there.'] : [];
  return [
    ...(stopped.length === 0 ? none : [`${count} ended.`]),
    ...left.map(({ provider, id, reason }) => `Still there: ${id} at ${providerTitle(provider)}. ${reason}`),
    ...unknown.map(({ provider, reason }) => unknownAt(provider, reason)),
    ...(left.length + unknown.length === 0
      ? []
      : ['Call it again, or end what is left in the portal of the vendor.']),
    isHeld
      ? 'None is rented until `kaggle-agent gpu allow`, or /kaggle resume --all-gpus.'
      : 'Its database was not reached, so an agent that starts again may rent again; KAGGLE_AGENT_GPU_MAX_MACHINES=0 keeps it from that.',
  ].join('\n');
}

function unknownAt(provider: string, reason: string): string {
  return `${providerTitle(provider)} does not say what is there: ${reason}`;
}
