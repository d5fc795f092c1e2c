import { getCompetition, listCompetitionPages, listCompetitions } from './competitions.ts';
import { downloadDataFile, downloadDataFiles, getDataFilesSummary, listDataFiles } from './data-files.ts';
import { downloadLeaderboard, getLeaderboard } from './leaderboard.ts';
import type { Service } from './method.ts';
import { introspectToken } from './security.ts';
import {
  createSubmission,
  getSubmission,
  getSubmissionLimits,
  listSubmissions,
  startSubmissionUpload,
} from './submissions.ts';

/** Every method that the arena answers. Others are 404, as at the vendor. */
export const services: Readonly<Record<string, Service>> = {
  'competitions.CompetitionApiService': {
    ListCompetitions: listCompetitions,
    GetCompetition: getCompetition,
    ListCompetitionPages: listCompetitionPages,
    ListDataFiles: listDataFiles,
    GetCompetitionDataFilesSummary: getDataFilesSummary,
    DownloadDataFiles: downloadDataFiles,
    DownloadDataFile: downloadDataFile,
    GetSubmissionLimits: getSubmissionLimits,
    StartSubmissionUpload: startSubmissionUpload,
    CreateSubmission: createSubmission,
    ListSubmissions: listSubmissions,
    GetSubmission: getSubmission,
    GetLeaderboard: getLeaderboard,
    DownloadLeaderboard: downloadLeaderboard,
  },
  'security.OAuthService': { IntrospectToken: introspectToken },
};

/** Methods that count against the stricter limit of downloads. */
export const downloadMethods: readonly string[] = [
  'DownloadDataFiles',
  'DownloadDataFile',
  'DownloadLeaderboard',
];
