import { z } from 'zod';
import { type Actor, actorSchema } from '../domain/actor.ts';
import type { Approach } from '../domain/approach.ts';
import { type HyperParameters, hyperParametersSchema } from '../domain/run-contract.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const setAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['stale', 'paused', 'ended', 'taken']) }),
  z.object({
    outcome: z.literal('set'),
    code: z.uuid(),
    trains: z.enum(['now', 'this_round', 'next_round']),
  }),
]);
export type SetParametersAnswer = z.output<typeof setAnswer>;

/** A node with its parent's script and other parameters; a competition that waits for a person trains it at once. */
export function setParameters(
  state: StatePort,
  input: {
    competitionId: string;
    version: number;
    baseCodeId: string;
    spec: Approach;
    params: HyperParameters;
    byName: string | null;
    actor: Actor;
  },
): Promise<SetParametersAnswer> {
  return state.call(
    'set_parameters',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_base_code_id: input.baseCodeId,
      p_spec: input.spec,
      p_params: input.params,
      p_by_name: input.byName,
      p_actor: input.actor,
    },
    setAnswer,
  );
}

/** The agent's own tries, in the round that trains now. @returns how many; null when the competition moved on */
export function addTunedNodes(
  state: StatePort,
  input: {
    competitionId: string;
    version: number;
    baseCodeId: string;
    nodes: readonly { spec: Approach; params: HyperParameters }[];
  },
): Promise<number | null> {
  return state.call(
    'add_tuned_nodes',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_base_code_id: input.baseCodeId,
      p_nodes: input.nodes,
    },
    z.number().nullable(),
  );
}

/** What meta.json of a run said that it used. */
export async function storeUsedParams(
  state: StatePort,
  input: { jobId: string; token: number; params: HyperParameters },
): Promise<void> {
  await state.call(
    'store_used_params',
    { p_id: input.jobId, p_token: input.token, p_params: input.params },
    z.uuid().nullable(),
  );
}

const changeRow = row({
  at: timestamp,
  actor: actorSchema,
  details: z.object({
    approach: z.string(),
    codeId: z.uuid(),
    params: hyperParametersSchema,
    /** As others call who did it. */
    name: z.string().optional(),
  }),
});
export type ParameterChange = z.output<typeof changeRow>;

/** Who set which parameters when, newest first, at most 20. */
export function listParameterChanges(state: StatePort, competitionId: string): Promise<ParameterChange[]> {
  return state.call('list_parameter_changes', { p_competition_id: competitionId }, z.array(changeRow));
}
