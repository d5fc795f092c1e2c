import type { Context } from '../../context.ts';
import type { Agreement } from '../../domain/agreement.ts';
import type { Competition } from '../../state/competitions.ts';
import { alertPeople, clearPeopleAlert } from '../human-loop/alert.ts';

/** One warning for as long as cross-validation and leaderboard put our submissions into different orders. */
export async function watchAgreement(
  ctx: Pick<Context, 'state' | 'actor'>,
  { slug }: Pick<Competition, 'slug'>,
  { verdict, spearman, pairs }: Agreement,
): Promise<void> {
  const kind = `agreement:${slug}`;
  if (verdict !== 'disagree') {
    if (verdict !== 'unknown') await clearPeopleAlert(ctx, kind);
    return;
  }
  await alertPeople(ctx, {
    kind,
    severity: 'warning',
    code: 'submission.scores_disagree',
    message: `Cross-validation and leaderboard disagree for ${slug}: over ${pairs} submissions their rank correlation is ${(spearman ?? 0).toFixed(2)}.`,
  });
}
