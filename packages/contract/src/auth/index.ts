export {
  type ApiToken,
  ApiTokenView,
  type CreatedApiToken,
  Introspection,
  type IntrospectionResult,
  IntrospectionView,
  NewApiToken,
  NewApiTokenView,
} from './api-tokens.ts';
export { PasswordInput, PersonName, Username } from './fields.ts';
export { INVITATION_DAYS } from './invitations.ts';
export { JwksView, RevocationsView } from './keys.ts';
export { LINK_LIFETIMES_MS, LINK_OF_MAIL, type LinkPurpose } from './mailed-links.ts';
export {
  kindInToken,
  type MailChoices,
  MailChoicesView,
  NewMailChoices,
  type Unsubscribed,
  UnsubscribedView,
} from './mails.ts';
export { NewNote, type Note, NoteView } from './notes.ts';
export {
  type Assertion,
  type CreatedPasskey,
  NewPasskey,
  NewPasskeyView,
  type Passkey,
  PasskeyAssertion,
  type PasskeyCreationOptions,
  PasskeyCreationOptionsView,
  type PasskeyRequest,
  PasskeyRequestView,
  PasskeySignIn,
  PasskeyView,
  type RegistrationResponse,
} from './passkeys.ts';
export { PasswordChange, PasswordConfirmation, PasswordForgotten, PasswordRecovery } from './passwords.ts';
export { LinkToken, type Profile, ProfileChange, ProfileView } from './profile.ts';
export { NewAgent, Registration } from './registration.ts';
export {
  SecondFactorCheck,
  SecondFactorCheckView,
  type StepUp,
  StepUpRequest,
  StepUpView,
} from './second-factor.ts';
export {
  Login,
  type NewSession,
  NewSessionView,
  Refresh,
  SecondFactor,
  type Session,
  SessionView,
  type SignedIn,
  SignedInView,
} from './sessions.ts';
export {
  type RecoveryCodes,
  RecoveryCodesView,
  TotpConfirmation,
  type TotpSetup,
  TotpSetupView,
} from './totp.ts';
export {
  NameVerification,
  type User,
  UserActivation,
  UserDecision,
  UserList,
  UserView,
  ValidTokenView,
} from './users.ts';
