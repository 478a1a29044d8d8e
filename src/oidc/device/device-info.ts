/** Where a device asked from: whoever lets it in is shown it (RFC 8628 §5.4). */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { addressText } from '../../net/address.ts';
import { requestOrigin } from '../../net/request-origin.ts';

export interface DeviceInfo {
  /** '' for none. */
  address: string;
  /** What it says that it is, 300 characters at most; '' for nothing. */
  userAgent: string;
}

export function deviceInfo(ctx: KoaContextWithOIDC): DeviceInfo {
  const { address, userAgent } = requestOrigin(ctx, null);
  return { address: addressText(address), userAgent: userAgent ?? '' };
}
