/** $/h of a machine whose vendor does not say what it costs: above every class of 2026, and above the usual caps. */
export const untoldPriceUsd = 0.5;
