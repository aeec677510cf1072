# ruby-saml service provider with strict settings, on WEBrick. The switches of start.sh come as environment variables.
require 'webrick'; require 'json'; require 'securerandom'; require 'set'; require 'onelogin/ruby-saml'
include OneLogin::RubySaml
PORT = ENV['PORT'].to_i; B = "http://127.0.0.1:#{PORT}"; SESS = {}; USED = Set.new
SIGNED = ENV['SIGNED'] || 'assertion' # what it wants signed: assertion | response | both. It cannot demand a signed response, and verifies what it finds.
SIGN = ENV['SIGN']                    # sha256 | sha1: its AuthnRequests are signed so; logout messages always are
POST = ENV['AUTHN_POST']              # 1: AuthnRequests by HTTP-POST
QUERY = ENV['QUERY'] || 'raw'         # raw | default: how the query of a logout message is verified
EXPIRY = ENV['EXPIRY']                # 1: a signature by an expired certificate is refused, which is not the library's default
UNSOLICITED = ENV['UNSOLICITED']      # 1: it takes a response that nobody asked for
KEY = ENV['KEY'] != 'none'            # KEY=none: it has no key, so it neither signs nor decrypts

# What a test may set, by the names of entrant's SP file; a reset puts it back.
DEFAULTS = { 'unsolicited' => !!UNSOLICITED, 'certificate' => true, 'authn_context' => [] }
$chosen = DEFAULTS
def chosen
  $in.dup.tap do |s|
    s.authn_context = $chosen['authn_context'] unless $chosen['authn_context'].empty?
    s.idp_cert = s.idp_cert_multi = s.idp_cert_fingerprint = nil unless $chosen['certificate']
  end
end

# The library's parser takes every signing certificate that it finds; it has no option to take fewer.
def settings(path)
  s = IdpMetadataParser.new.parse(File.read(path), sso_binding: [Utils::BINDINGS[POST ? :post : :redirect]], slo_binding: [Utils::BINDINGS[:redirect]])
  s.sp_entity_id = B + '/metadata'; s.assertion_consumer_service_url = B + '/acs'; s.single_logout_service_url = B + '/slo'; s.soft = true
  (s.private_key = File.read('sp.key'); s.certificate = File.read('sp.crt')) if KEY
  s.compress_request = !POST
  # `want_assertions_encrypted` publishes the certificate for encryption, and demands nothing.
  s.security.merge!(want_assertions_signed: SIGNED != 'response', want_assertions_encrypted: KEY, check_idp_cert_expiration: !!EXPIRY,
                    authn_requests_signed: !!SIGN, logout_requests_signed: KEY, logout_responses_signed: KEY,
                    digest_method: SIGN == 'sha1' ? XMLSecurity::Document::SHA1 : XMLSecurity::Document::SHA256,
                    signature_method: SIGN == 'sha1' ? XMLSecurity::Document::RSA_SHA1 : XMLSecurity::Document::RSA_SHA256)
  [s, s.dup.tap { |out| out.compress_request = true }] # logout messages go by redirect always
end
$in, $out = settings('idp.xml')

def cookie(q) q.cookies.find { |c| c.name == 'sp_ruby' }&.value end
def sess(q, r)
  id = cookie(q)
  unless id && SESS[id]
    id = SecureRandom.hex; SESS[id] = {}
    # An iframe of the identity provider ends the session, which needs SameSite=None, and that Secure; loopback counts as secure.
    r.cookies << "sp_ruby=#{id}; Path=/; HttpOnly; Secure; SameSite=None"
  end
  SESS[id]
end
def text(r, code, body, type = 'text/plain') r.status = code; r['Content-Type'] = type; r.body = body end
def go(r, url) r.status = 302; r['Location'] = url end
def form(url, fields)
  inputs = fields.map { |name, value| "<input type=\"hidden\" name=\"#{name}\" value=\"#{CGI.escapeHTML(value)}\">" }.join
  "<body onload=\"document.forms[0].submit()\"><form method=\"post\" action=\"#{url}\">#{inputs}<button>Continue</button></form>"
end
# Entra signs a query whose percent-encoding is in lower case (entra-behaviour.md 6). By default the library encodes the parameters anew,
# in upper case, and so refuses the signature (QUERY=default); its users against Entra hand it the parts as they came (ruby-saml#627).
def query(q)
  raw = q.query_string.split('&').to_h { |part| part.split('=', 2) }
  { get_params: raw.transform_values { |value| CGI.unescape(value) }, **(QUERY == 'raw' ? { raw_get_params: raw } : {}) }
end

w = WEBrick::HTTPServer.new(BindAddress: '127.0.0.1', Port: PORT, AccessLog: [])
w.mount_proc('/metadata') { |q, r| text r, 200, Metadata.new.generate($in, true), 'text/xml' }
w.mount_proc('/refresh-trust') { |q, r| $in, $out = settings(JSON.parse(q.body)['metadata_file']); r.status = 204 }
w.mount_proc('/set') { |q, r| $chosen = $chosen.merge(JSON.parse(q.body)['set']); r.status = 204 }
w.mount_proc('/reset') { |q, r| $chosen = DEFAULTS; SESS.clear; USED.clear; r.status = 204 }
w.mount_proc('/login') do |q, r|
  a = Authrequest.new; sess(q, r)[:req] = a.uuid
  POST ? text(r, 200, form($in.idp_sso_service_url, a.create_params(chosen)), 'text/html') : go(r, a.create(chosen))
end
w.mount_proc('/acs') do |q, r|
  s = sess(q, r)
  next text(r, 403, 'no login in progress (app check)') unless s[:req] || $chosen['unsolicited']
  x = Response.new(q.query['SAMLResponse'], settings: chosen, matches_request_id: s[:req])
  next text(r, 403, x.errors.join('; ')) unless x.is_valid?
  next text(r, 403, 'assertion already used (app check)') unless USED.add?(x.assertion_id) # the library leaves replay to the app
  # A session of before, which an attacker may have planted, is over.
  SESS.delete(cookie(q)); r.cookies.clear; q.cookies.clear; s = sess(q, r)
  s[:user] = { sp: 'ruby-saml', issuer: x.issuers.first, name_id: x.nameid, name_id_format: x.name_id_format, session_index: x.sessionindex, attributes: x.attributes.all }
  go r, '/whoami'
end
w.mount_proc('/logout') do |q, r|
  s = sess(q, r); user = s[:user]
  next go(r, '/whoami') unless user
  settings = $out.dup; settings.name_identifier_value = user[:name_id]; settings.name_identifier_format = user[:name_id_format]; settings.sessionindex = user[:session_index]
  l = Logoutrequest.new; s[:logout] = l.uuid; go r, l.create(settings)
end
w.mount_proc('/slo') do |q, r|
  s = sess(q, r)
  if q.query['SAMLRequest']
    x = SloLogoutrequest.new(q.query['SAMLRequest'], settings: $out, **query(q))
    next text(r, 403, x.errors.join('; ')) unless x.is_valid?
    s.clear; go r, SloLogoutresponse.new.create($out, x.id, nil, q.query['RelayState'] ? { RelayState: q.query['RelayState'] } : {})
  else
    next text(r, 403, 'no logout in progress (app check)') unless s[:logout]
    x = Logoutresponse.new(q.query['SAMLResponse'].to_s, $out, matches_request_id: s[:logout], **query(q))
    next text(r, 403, x.errors.join('; ')) unless x.validate
    s.clear; go r, '/whoami'
  end
end
w.mount_proc('/whoami') { |q, r| u = sess(q, r)[:user]; text r, u ? 200 : 401, JSON.generate(u || { error: 'not signed in' }), 'application/json' }
trap('TERM') { w.shutdown }; w.start
