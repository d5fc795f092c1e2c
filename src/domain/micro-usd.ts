/** Micro-dollars in one US dollar: money is stored and added in whole ones. */
export const microUsd = 1_000_000;
