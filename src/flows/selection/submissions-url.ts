/** Where a person ticks the submissions that are to count: Kaggle has no call for that. */
export function submissionsUrl(slug: string): string {
  return `https://www.kaggle.com/competitions/${encodeURIComponent(slug)}/submissions`;
}
