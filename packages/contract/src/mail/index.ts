export {
  type DeadLetter,
  type DeadLetterDetail,
  DeadLetterDetailView,
  DeadLetterList,
  DeadLetterParams,
  DeadLetterReason,
  type DeadLettersHandled,
  DeadLettersHandledView,
  DeadLetterView,
} from './dead-letters.ts';
