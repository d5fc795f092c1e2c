import { patternForm } from '../domain/discovery-rules.ts';
import { setting } from './setting.ts';
import { integer, nameList } from './value-schemas.ts';

const patterns = () =>
  nameList(
    patternForm,
    'be slugs, slugs with *, or categories such as category:playground, with commas between',
  );

/** What is suggested and entered by itself; see docs/how-to/discovery.md. */
export const discovery = {
  threshold: setting({
    env: 'KAGGLE_AGENT_DISCOVERY_THRESHOLD',
    schema: integer({ min: 0, max: 100 }),
    default: '70',
    unit: 'of 100',
    example: '85',
    description:
      'Feasibility from which a discovered competition is suggested to people, or entered where KAGGLE_AGENT_AUTOSTART is on.',
  }),
  mostSuggestionsADay: setting({
    env: 'KAGGLE_AGENT_DISCOVERY_SUGGESTIONS_PER_DAY',
    schema: integer({ min: 0, max: 20 }),
    default: '3',
    unit: 'questions a day',
    example: '1',
    description:
      'How many discovered competitions people are asked about on one day; the rest stand in the digest. 0 asks nobody.',
  }),
  allow: setting({
    env: 'KAGGLE_AGENT_DISCOVERY_ALLOW',
    schema: patterns(),
    default: '',
    example: 'category:playground, spaceship-*',
    description:
      'Only these are suggested or entered by themselves: slugs, slugs with * and categories, with commas between. Empty: all.',
  }),
  deny: setting({
    env: 'KAGGLE_AGENT_DISCOVERY_DENY',
    schema: patterns(),
    default: '',
    example: 'category:community, *-simulation',
    description:
      'These are never suggested or entered by themselves; written as the allowed ones, and stronger.',
  }),
  readsPerLook: setting({
    env: 'KAGGLE_AGENT_DISCOVERY_READS_PER_LOOK',
    schema: integer({ min: 1, max: 500 }),
    default: '40',
    unit: 'competitions',
    example: '20',
    description:
      'Of how many competitions pages and file lists are read at one look; those that were entered and the most promising come first.',
  }),
  rereadDays: setting({
    env: 'KAGGLE_AGENT_DISCOVERY_REREAD_DAYS',
    schema: integer({ min: 1, max: 90 }),
    default: '7',
    unit: 'days',
    example: '3',
    description:
      "After how long pages and file lists of a competition are read again where the vendor's list shows no change of it.",
  }),
  mostDataGb: setting({
    env: 'KAGGLE_AGENT_DISCOVERY_MAX_DATA_GB',
    schema: integer({ min: 1, max: 10_000 }),
    default: '60',
    unit: 'GB',
    example: '200',
    description:
      'Competitions with more data than this fit on no machine of yours and count as not feasible.',
  }),
};
