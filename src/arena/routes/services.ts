import { createCodeSubmission } from './code-submission.ts';
import { getCompetition, listCompetitionPages, listCompetitions } from './competitions.ts';
import { downloadDataFile, downloadDataFiles, getDataFilesSummary, listDataFiles } from './data-files.ts';
import { listDataTreeFiles } from './data-tree.ts';
import { listCompetitionTopics, listTopicMessages } from './forum.ts';
import { downloadSubmission, listTeamPublicSubmissions } from './handed-in.ts';
import { downloadKernelOutput, listKernelFiles, listSessionOutput } from './kernel-output.ts';
import {
  cancelKernelSession,
  deleteKernel,
  getAcceleratorQuota,
  getKernel,
  getKernelSessionStatus,
  listKernels,
} from './kernels.ts';
import { downloadLeaderboard, getLeaderboard } from './leaderboard.ts';
import type { Service } from './method.ts';
import { saveKernel } from './save-kernel.ts';
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
    ListCompetitionTopics: listCompetitionTopics,
    ListTopicMessages: listTopicMessages,
    ListDataFiles: listDataFiles,
    ListDataTreeFiles: listDataTreeFiles,
    GetCompetitionDataFilesSummary: getDataFilesSummary,
    DownloadDataFiles: downloadDataFiles,
    DownloadDataFile: downloadDataFile,
    GetSubmissionLimits: getSubmissionLimits,
    StartSubmissionUpload: startSubmissionUpload,
    CreateSubmission: createSubmission,
    CreateCodeSubmission: createCodeSubmission,
    ListSubmissions: listSubmissions,
    GetSubmission: getSubmission,
    DownloadSubmission: downloadSubmission,
    ListTeamPublicSubmissions: listTeamPublicSubmissions,
    GetLeaderboard: getLeaderboard,
    DownloadLeaderboard: downloadLeaderboard,
  },
  'kernels.KernelsApiService': {
    SaveKernel: saveKernel,
    GetKernelSessionStatus: getKernelSessionStatus,
    ListKernelSessionOutput: listSessionOutput,
    ListKernelFiles: listKernelFiles,
    DownloadKernelOutput: downloadKernelOutput,
    GetKernel: getKernel,
    ListKernels: listKernels,
    DeleteKernel: deleteKernel,
    CancelKernelSession: cancelKernelSession,
    GetAcceleratorQuotaStatistics: getAcceleratorQuota,
  },
  'security.OAuthService': { IntrospectToken: introspectToken },
};

/** Methods that count against the stricter limit of downloads. */
export const downloadMethods: readonly string[] = [
  'DownloadDataFiles',
  'DownloadDataFile',
  'DownloadLeaderboard',
  'DownloadKernelOutput',
  'DownloadSubmission',
];
