import { createContext, useContext } from 'react';

/** Who reads, and how things are called there. */
export type Place = {
  me: string;
  bot: string;
  locale: string;
  timeZone: string;
  nameOf(user: string): string | null;
  channelName(channel: string): string | null;
};

export const PlaceContext = createContext<Place>({
  me: '',
  bot: '',
  locale: 'en',
  timeZone: 'UTC',
  nameOf: () => null,
  channelName: () => null,
});

export function usePlace(): Place {
  return useContext(PlaceContext);
}
