/** How the load balancer checks proxies, which rollouts of the proxies have to wait for. */

/** Seconds between two checks of one target. */
export const CHECK_SECONDS = 10;
/** Checks in a row that make a target healthy. */
export const HEALTHY_CHECKS = 2;

/** Seconds that a new proxy is ready before an old one goes: the load balancer sends to it by then. */
export const PROXY_READY_SECONDS = CHECK_SECONDS * (HEALTHY_CHECKS + 1);
