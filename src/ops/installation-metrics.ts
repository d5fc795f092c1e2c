import { competitionStates } from '../domain/competition-machine.ts';
import type { Figures } from '../domain/figures.ts';
import { metricNames } from '../domain/metrics/catalog.ts';
import { isBetter } from '../domain/metrics/score.ts';
import { microUsd } from '../domain/micro-usd.ts';
import { processRoles } from '../domain/roles.ts';
import type { GaugeSpec, Sample } from './gauges.ts';

type Active = Figures['active'][number];

/** A value for each, zero included: a series that comes and goes is no base for a rule. */
function byName(label: string, names: readonly string[], counts: Readonly<Record<string, number>>): Sample[] {
  return names.map((name) => ({ labels: { [label]: name }, value: counts[name] ?? 0 }));
}

/** Of the active competitions, those that have the value. */
function bySlug(read: (competition: Active) => number | null): (figures: Figures) => Sample[] {
  return ({ active }) =>
    active.flatMap((competition) => {
      const value = read(competition);
      return value === null ? [] : [{ labels: { slug: competition.slug }, value }];
    });
}

function bestScore({ metric: name, lowest, highest }: Active): number | null {
  const metric = metricNames.find((known) => known === name);
  if (metric === undefined || lowest === null || highest === null) return null;
  return isBetter(metric, lowest, highest) ? lowest : highest;
}

const competitionSpecs: readonly GaugeSpec<Figures>[] = [
  {
    name: 'kaggle_agent_competitions',
    help: 'Competitions by state.',
    labels: ['state'],
    samples: ({ competitions }) => byName('state', competitionStates, competitions),
  },
  {
    name: 'kaggle_agent_competitions_seen',
    help: 'Competitions that were ever seen.',
    samples: ({ competitions }) => [{ value: Object.values(competitions).reduce((sum, n) => sum + n, 0) }],
  },
  {
    name: 'kaggle_agent_competitions_entered',
    help: 'Competitions that were ever entered.',
    samples: ({ competitionsEntered }) => [{ value: competitionsEntered }],
  },
  {
    name: 'kaggle_agent_competition_best_score',
    help: 'Best public score of an active competition, in its own metric.',
    labels: ['slug'],
    samples: bySlug(bestScore),
  },
  {
    name: 'kaggle_agent_competition_rank',
    help: 'Rank on the public leaderboard of an active competition, when it was read last.',
    labels: ['slug'],
    samples: bySlug(({ rank }) => rank),
  },
  {
    name: 'kaggle_agent_competition_entrants',
    help: 'Entrants on the public leaderboard of an active competition, when it was read last.',
    labels: ['slug'],
    samples: bySlug(({ entrants }) => entrants),
  },
  {
    name: 'kaggle_agent_competition_round',
    help: 'Round of an active competition.',
    labels: ['slug'],
    samples: bySlug(({ round }) => round),
  },
  {
    name: 'kaggle_agent_competition_entered_timestamp_seconds',
    help: 'When an active competition was entered, in seconds since 1970.',
    labels: ['slug'],
    samples: bySlug(({ admittedAtSeconds }) => admittedAtSeconds),
  },
  {
    name: 'kaggle_agent_competition_last_submission_timestamp_seconds',
    help: 'When the last submission to an active competition was accepted, in seconds since 1970.',
    labels: ['slug'],
    samples: bySlug(({ lastSubmissionAtSeconds }) => lastSubmissionAtSeconds),
  },
  {
    name: 'kaggle_agent_competition_spent_dollars',
    help: 'Spent on an active competition since ever, reservations included, in US dollars.',
    labels: ['slug'],
    samples: bySlug(({ spentMicroUsd }) => spentMicroUsd / microUsd),
  },
  {
    name: 'kaggle_agent_submissions',
    help: 'Submissions by outcome.',
    labels: ['status'],
    samples: ({ submissions }) =>
      byName(
        'status',
        ['planned', 'queued', 'sent', 'accepted', 'scored', 'error', 'refused', 'dropped'],
        submissions,
      ),
  },
];

const workSpecs: readonly GaugeSpec<Figures>[] = [
  {
    name: 'kaggle_agent_training_jobs',
    help: 'Training runs by status.',
    labels: ['status'],
    samples: ({ trainingJobs }) =>
      byName('status', ['planned', 'running', 'succeeded', 'failed', 'cancelled'], trainingJobs),
  },
  {
    name: 'kaggle_agent_machines',
    help: 'Machines for training that are not given back yet, by provider.',
    labels: ['provider'],
    samples: ({ machines }) => byName('provider', Object.keys(machines), machines),
  },
  {
    name: 'kaggle_agent_outbox_events',
    help: 'Events that wait to be sent to the queues.',
    samples: ({ outbox }) => [{ value: outbox.waiting }],
  },
  {
    name: 'kaggle_agent_outbox_lag_seconds',
    help: 'Age of the oldest event that waits to be sent to the queues; 0 where none waits.',
    samples: ({ outbox }) => [{ value: outbox.oldestSeconds }],
  },
  {
    name: 'kaggle_agent_processes',
    help: 'Processes of the agent with a fresh heartbeat, by what they do.',
    labels: ['role'],
    samples: ({ processes }) =>
      processRoles.map((role) => {
        const alive = processes.filter((one) => one.role === 'all' || one.role.split('+').includes(role));
        return { labels: { role }, value: alive.length };
      }),
  },
];

const peopleSpecs: readonly GaugeSpec<Figures>[] = [
  {
    name: 'kaggle_agent_decisions',
    help: 'Questions to people by status: open, decided, expired (the default was taken), withdrawn.',
    labels: ['status'],
    samples: ({ decisions }) => byName('status', ['open', 'decided', 'expired', 'withdrawn'], decisions),
  },
  {
    name: 'kaggle_agent_decisions_overdue',
    help: 'Open questions past their deadline, whose default should have been taken.',
    samples: ({ decisionsOverdue }) => [{ value: decisionsOverdue }],
  },
  {
    name: 'kaggle_agent_cards_waiting',
    help: 'Messages that wait to be sent, by chat platform.',
    labels: ['platform'],
    samples: ({ cardsWaiting }) => byName('platform', Object.keys(cardsWaiting), cardsWaiting),
  },
  {
    name: 'kaggle_agent_alerts_open',
    help: "The agent's own open alerts by severity.",
    labels: ['severity'],
    samples: ({ alerts }) => byName('severity', ['critical', 'warning', 'info'], alerts),
  },
];

type Budget = Figures['budgets'][number];

const moneySpecs: readonly GaugeSpec<Figures>[] = [
  {
    name: 'kaggle_agent_budget_cap_dollars',
    help: 'Cap in US dollars: fleet_hour is a rate per hour, gpu_day and llm_day are for the day in UTC.',
    labels: ['budget'],
    samples: byBudget(({ capMicroUsd }) => capMicroUsd),
  },
  {
    name: 'kaggle_agent_budget_spent_dollars',
    help: 'Real cost under the cap in US dollars; 0 for fleet_hour, which is never spent.',
    labels: ['budget'],
    samples: byBudget(({ spentMicroUsd }) => spentMicroUsd),
  },
  {
    name: 'kaggle_agent_budget_reserved_dollars',
    help: 'Worst-case cost of what runs now in US dollars; for fleet_hour the rate of all machines per hour.',
    labels: ['budget'],
    samples: byBudget(({ reservedMicroUsd }) => reservedMicroUsd),
  },
];

function byBudget(read: (budget: Budget) => number): (figures: Figures) => Sample[] {
  return ({ budgets }) =>
    budgets.map((budget) => ({ labels: { budget: budget.budget }, value: read(budget) / microUsd }));
}

/** Numbers of the whole installation: every process that serves them shows the same. */
export const installationSpecs: readonly GaugeSpec<Figures>[] = [
  ...competitionSpecs,
  ...workSpecs,
  ...peopleSpecs,
  ...moneySpecs,
];
