const minuteMs = 60_000;
/** Who looks more rarely has missed what was due. */
const mostMinutes = 3 * 24 * 60;

/**
 * Whether a cron line of five fields (numbers or `*`) is due in a minute that begins after `after` and not after `until`.
 * @param zoneMinutes of the clock that the line means, from UTC
 */
export function firesBetween(cron: string, after: Date, until: Date, zoneMinutes: number): boolean {
  const fields = cron.split(' ');
  const first = Math.floor(after.getTime() / minuteMs) + 1;
  const last = Math.floor(until.getTime() / minuteMs);
  for (let minute = Math.max(first, last - mostMinutes); minute <= last; minute += 1) {
    const at = new Date((minute + zoneMinutes) * minuteMs);
    const parts = [
      at.getUTCMinutes(),
      at.getUTCHours(),
      at.getUTCDate(),
      at.getUTCMonth() + 1,
      at.getUTCDay(),
    ];
    if (parts.every((part, index) => fields[index] === '*' || Number(fields[index]) === part)) return true;
  }
  return false;
}
