/**
 * From this number of simulated nodes on, their leases are hardly renewed and
 * the controller-manager does not wait for them: renewing thousands of leases
 * takes a core. Below it, a node that stops reporting is noticed as usual.
 */
export const MANY_NODES = 300;
