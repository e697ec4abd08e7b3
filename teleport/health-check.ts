/** Health checks of the load balancer. Rollouts of the proxies wait for them. */

/** Seconds between two checks of one target. */
export const CHECK_SECONDS = 10;
/** Successful checks in a row that make a target healthy. */
export const HEALTHY_CHECKS = 2;

/** `minReadySeconds` of the proxies: the load balancer uses a new proxy before an old one ends. */
export const PROXY_READY_SECONDS = CHECK_SECONDS * (HEALTHY_CHECKS + 1);
