import { parseNumber } from './cells.ts';

const YEAR_FIRST =
  /^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ](\d{1,2})(?::(\d{2})(?::(\d{2}(?:\.\d+)?))?)?)?/;
const YEAR_LAST = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?/;
const LAST_MONTH = 12;

/**
 * Reads a column of dates as numbers that keep their order: milliseconds in UTC whatever zone this runs in, or the
 * numbers themselves. Day and month are told apart by the column as a whole. NaN where a cell is no date.
 */
export function parseTimes(cells: readonly string[]): Float64Array {
  const isDayFirst = cells.some((cell) => {
    const match = YEAR_LAST.exec(cell.trim());
    return match !== null && Number(match[1]) > LAST_MONTH;
  });
  return Float64Array.from(cells, (cell) => parseTime(cell.trim(), isDayFirst));
}

function parseTime(text: string, isDayFirst: boolean): number {
  const number = parseNumber(text);
  if (number !== null) return number;
  const yearFirst = YEAR_FIRST.exec(text);
  if (yearFirst) {
    const [, year, month, day, ...clock] = yearFirst;
    return utc(year, month, day, clock);
  }
  const yearLast = YEAR_LAST.exec(text);
  if (yearLast) {
    const [, first, second, year, ...clock] = yearLast;
    return isDayFirst ? utc(year, second, first, clock) : utc(year, first, second, clock);
  }
  return Date.parse(text);
}

function utc(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  clock: readonly (string | undefined)[],
): number {
  const [hours = '0', minutes = '0', seconds = '0'] = clock;
  const milliseconds = Number(seconds) * 1000;
  return (
    Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1), Number(hours), Number(minutes)) + milliseconds
  );
}
