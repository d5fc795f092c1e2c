/** The arena's time: that of the world, moved by whoever tests. */
export type ArenaClock = {
  now: () => Date;
  /** Moves it forward, or back. */
  advance(ms: number): void;
};

export function createArenaClock(worldNow: () => Date): ArenaClock {
  let offsetMs = 0;
  return {
    now: () => new Date(worldNow().getTime() + offsetMs),
    advance(ms) {
      offsetMs += ms;
    },
  };
}
