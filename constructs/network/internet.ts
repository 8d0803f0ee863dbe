/**
 * The public internet: everything without private (RFC 1918, RFC 4193), carrier-grade (RFC 6598, also tailnets), loopback,
 * benchmark, multicast and reserved ranges, without link-local ones and the metadata services in them (RFC 3927, RFC 4291)
 * or elsewhere (Azure's 168.63.129.16), and without the IPv6 forms that embed IPv4 addresses (RFC 6052, RFC 8215, RFC 3056,
 * RFC 4291).
 */
export const internetCidrs = [
  {
    cidr: '0.0.0.0/0',
    except: [
      '0.0.0.0/8',
      '10.0.0.0/8',
      '100.64.0.0/10',
      '127.0.0.0/8',
      '168.63.129.16/32',
      '169.254.0.0/16',
      '172.16.0.0/12',
      '192.0.0.0/24',
      '192.168.0.0/16',
      '198.18.0.0/15',
      '224.0.0.0/4',
      '240.0.0.0/4',
    ],
  },
  { cidr: '::/0', except: ['::/96', '::ffff:0:0/96', '64:ff9b::/96', 'fc00::/7', 'fe80::/10', 'ff00::/8'] },
] as const;
