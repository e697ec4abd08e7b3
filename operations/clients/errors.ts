/** What the checks tell apart. Checks import it without the clients, which load their SDKs. */

/** This machine cannot reach the server. The pods may still reach it. */
export class Unreachable extends Error {}

/** The certificate authority of the server does not exist before the deployment. */
export class NotVerifiable extends Error {}

/** The caller has no permission to read this. */
export class Forbidden extends Error {}
