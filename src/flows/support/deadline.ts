/** A competition without an end has a date all the same: the practice arena's is in 2099. */
const endlessYear = 2090;

/** The date a competition ends, where the vendor told one that can be read. */
export function deadlineOf({ details }: { details: { deadline?: string | null | undefined } }): Date | null {
  const date = new Date(details.deadline ?? '');
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() >= endlessYear ? null : date;
}
