export * from './actions.js';
export type {
  BasketArticle,
  BasketComposition,
  CardCertificate,
  CardCertificateTru,
  CertificateShare,
  FesResult,
  PaidBasket,
  PurchaseBasket,
  ReturnBasket,
} from './answers.js';
export * from './authorize.js';
export * from './caller.js';
export * from './check.js';
export * from './circuit-breaker.js';
export * from './client.js';
export * from './config.js';
export * from './deadline.js';
export * from './errors.js';
export * from './explain.js';
export type {
  FesAnswer,
  FesAttemptEvent,
  FesCredentials,
  FesRetry,
  FesTimeouts,
} from './http/transport.js';
export * from './mac.js';
export * from './profile.js';
export { checkProfile, parseProfile } from './profile-schema.js';
export type {
  BasketRequest,
  CertificatesRequest,
  EchoRequest,
  FesArticle,
  FesCard,
  FesRequests,
  FesReturnArticle,
  FesSettlementType,
  FiscalDocumentName,
  FiscalReceiptDataRequest,
  PreAuthPurchaseRequest,
  PreAuthReturnRequest,
  PurchaseBasketIdRequest,
  PurchaseBasketsRequest,
} from './requests.js';
export { maxArticles } from './requests.js';
export * from './return.js';
export * from './split.js';
