import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { listCode } from '../../state/code.ts';
import { competitionAt, move, type StageInput } from '../support/competition-call.ts';
import { Wait } from '../support/wait.ts';

const lookAgainMs = 2_000;

/**
 * Joins the approaches of a round: with at least one script that passed its checks the round goes on.
 * @throws BusinessFailure `codegen.nothing_ready`
 */
export async function finishGeneration(
  ctx: Pick<Context, 'state' | 'log' | 'actor'>,
  input: StageInput,
): Promise<void> {
  const competition = await competitionAt(ctx, input, 'code_generating');
  if (competition === null) return;
  const codes = (await listCode(ctx.state, competition.id)).filter(
    (code) => code.round === competition.round,
  );
  if (codes.some((code) => code.status === 'planned')) {
    throw new Wait(lookAgainMs, 'some scripts are still being written');
  }
  const ready = codes.filter((code) => code.status === 'ready');
  if (ready.length === 0) {
    const [first] = codes.flatMap((code) => (code.error === null ? [] : [code.error]));
    throw new BusinessFailure(`No training script of this round passed its checks. ${first ?? ''}`.trim(), {
      code: 'codegen.nothing_ready',
    });
  }
  await move(ctx, competition, 'code_ready', { ready: ready.length, failed: codes.length - ready.length });
}
