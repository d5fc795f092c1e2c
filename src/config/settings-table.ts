import { discord, slack, talking } from './chat-settings.ts';
import { discovery } from './discovery-settings.ts';
import { gpu, saladcloud, vast } from './gpu-settings.ts';
import { images } from './image-settings.ts';
import { models } from './model-settings.ts';
import { research } from './research-settings.ts';
import { retention } from './retention-settings.ts';
import { search } from './search-settings.ts';
import { arena, general, http, infrastructure, kaggle } from './service-settings.ts';
import { storage } from './storage-settings.ts';
import { tracking } from './tracking-settings.ts';
import { vault } from './vault-settings.ts';
import { budgets, competing, schedules, timeLimits, training } from './work-settings.ts';

/** Every setting there is, in the order of the documents. The groups are the groups of `Config`. */
export const settingsTable = {
  general,
  http,
  arena,
  infrastructure,
  storage,
  vault,
  kaggle,
  slack,
  discord,
  talking,
  models,
  research,
  training,
  gpu,
  saladcloud,
  vast,
  images,
  tracking,
  competing,
  search,
  discovery,
  budgets,
  schedules,
  timeLimits,
  retention,
};

export const groupTitles: Readonly<Record<keyof typeof settingsTable, string>> = {
  general: 'General',
  http: 'HTTP',
  arena: 'Practice arena',
  infrastructure: 'Database and queues',
  storage: 'Object storage',
  vault: 'Secrets',
  kaggle: 'Kaggle',
  slack: 'Slack',
  discord: 'Discord',
  talking: 'Talking to people',
  models: 'Language models',
  research: 'Research',
  training: 'Training',
  gpu: 'Rented machines',
  saladcloud: 'SaladCloud',
  vast: 'Vast.ai',
  images: 'Images',
  tracking: 'Tracking of training runs',
  competing: 'Competing',
  search: 'Search',
  discovery: 'Discovery',
  budgets: 'Budgets',
  schedules: 'Schedules',
  timeLimits: 'Time limits',
  retention: 'Retention',
};
