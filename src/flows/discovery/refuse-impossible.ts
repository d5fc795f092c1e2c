import { BusinessFailure } from '../../domain/errors.ts';

/** Refuses what no amount of work can submit to. @throws BusinessFailure `kaggle.deadline_passed`, `kaggle.submissions_disabled`,
 * `kaggle.code_competition`, `kaggle.rules_not_accepted` */
export function refuseImpossible(
  slug: string,
  seen: {
    url: string;
    deadline: Date | null;
    hasEntered: boolean;
    submissionsDisabled: boolean;
    takesNotebooksOnly: boolean;
  },
  now: Date,
): void {
  if (seen.deadline !== null && seen.deadline <= now) {
    throw new BusinessFailure(
      `${slug} ended on ${seen.deadline.toISOString().slice(0, 10)}, so nothing can be submitted.`,
      {
        code: 'kaggle.deadline_passed',
      },
    );
  }
  if (seen.submissionsDisabled) {
    throw new BusinessFailure(`${slug} takes no submissions at present.`, {
      code: 'kaggle.submissions_disabled',
    });
  }
  if (seen.takesNotebooksOnly) {
    throw new BusinessFailure(`${slug} takes notebooks only, which the agent cannot submit yet.`, {
      code: 'kaggle.code_competition',
    });
  }
  if (!seen.hasEntered) {
    const link = `${seen.url}/rules`;
    throw new BusinessFailure(
      `The rules of ${slug} are not accepted yet, and only a person can do that: open ${link}, accept them, then start again.`,
      { code: 'kaggle.rules_not_accepted', details: { link } },
    );
  }
}
