package onetime

import (
	"bytes"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp"
)

// text is a secret of twenty bytes, the key of the test vectors of RFC 6238 for SHA-1.
const text = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

const key = "12345678901234567890"

func parse(t *testing.T, text string) Secret {
	t.Helper()
	secret, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestParse(t *testing.T) {
	usual := parts{key: []byte(key), period: 30 * time.Second, digits: 6, algorithm: otp.AlgorithmSHA1}
	short := usual
	short.key = []byte("12345678901")
	other := parts{key: []byte(key), period: time.Minute, digits: 8, algorithm: otp.AlgorithmSHA256}
	for name, test := range map[string]struct {
		text string
		want parts
	}{
		"as it is":            {text, usual},
		"lower case":          {strings.ToLower(text), usual},
		"groups":              {"gezd gnbv gy3t qojq gezd gnbv gy3t qojq", usual},
		"hyphens":             {"GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ", usual},
		"pasted":              {"\t" + text[:16] + "\u00a0" + text[16:] + "\r\n", usual},
		"no padding":          {"GEZDGNBVGY3TQOJQGE", short},
		"padding":             {"GEZDGNBVGY3TQOJQGE======", short},
		"some padding":        {"GEZDGNBVGY3TQOJQGE==", short},
		"address":             {"otpauth://totp/Example:jo@example.com?secret=" + text + "&issuer=Example", usual},
		"address in capitals": {"OTPAUTH://TOTP/jo?secret=" + strings.ToLower(text), usual},
		"address with all": {
			"otpauth://totp/Big Example:jo?secret=" + text + "&period=60&digits=8&algorithm=sha-256", other,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, *parse(t, test.text).parts(), cmp.AllowUnexported(parts{})); diff != "" {
				t.Errorf("secret (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	address := func(query string) string { return "otpauth://totp/jo?secret=" + text + query }
	for name, test := range map[string]struct{ text, want string }{
		"empty":             {"", "empty"},
		"blank":             {" \n", "empty"},
		"a code":            {"234567", "too short"},
		"cut off":           {"GEZDGNBVGY3TQ", "too short"},
		"no length":         {text + "A", "not base32"},
		"foreign digits":    {strings.Replace(text, "G", "1", 1), "not base32"},
		"foreign letters":   {strings.Replace(text, "G", "ſ", 1), "not base32"},
		"export":            {"otpauth-migration://offline?data=" + text, "export"},
		"counter":           {"otpauth://hotp/jo?counter=1&secret=" + text, "otpauth://totp/"},
		"no address":        {"otpauth://totp/%zz?secret=" + text, "valid otpauth"},
		"no query":          {"otpauth://totp/jo?secret=" + text + ";%zz", "question mark"},
		"no secret":         {"otpauth://totp/jo?issuer=Example", "the secret in the otpauth address is empty"},
		"bad secret":        {"otpauth://totp/jo?secret=hello-world-of-secrets!", "the secret in the otpauth address is not base32"},
		"steam":             {address("&encoder=steam"), "letters"},
		"unknown algorithm": {address("&algorithm=MD5"), "SHA256"},
		"no period":         {address("&period=soon"), "the period"},
		"period of nothing": {address("&period=0"), "from 10 to 300"},
		"long period":       {address("&period=3600"), "from 10 to 300"},
		"few digits":        {address("&digits=4"), "from 6 to 8"},
		"many digits":       {address("&digits=9"), "from 6 to 8"},
	} {
		t.Run(name, func(t *testing.T) {
			secret, err := Parse(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if secret.parts != nil {
				t.Error("a secret came with the error")
			}
			requireNoSecret(t, "the error", err.Error())
			for _, told := range []string{"234567", "hello", "GEZDGNBVGY3TQ"} {
				if strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(told)) {
					t.Errorf("the error holds what was given: %v", err)
				}
			}
		})
	}
	if _, err := Parse(""); !errors.Is(err, ErrNoSecret) {
		t.Errorf("nothing at all is %v, want ErrNoSecret", err)
	}
}

// TestCodes has the vectors of RFC 6238, appendix B.
func TestCodes(t *testing.T) {
	keys := map[otp.Algorithm]string{
		otp.AlgorithmSHA1:   key,
		otp.AlgorithmSHA256: "12345678901234567890123456789012",
		otp.AlgorithmSHA512: "1234567890123456789012345678901234567890123456789012345678901234",
	}
	for _, test := range []struct {
		seconds int64
		want    map[otp.Algorithm]string
	}{
		{59, codes("94287082", "46119246", "90693936")},
		{1111111109, codes("07081804", "68084774", "25091201")},
		{1111111111, codes("14050471", "67062674", "99943326")},
		{1234567890, codes("89005924", "91819424", "93441116")},
		{2000000000, codes("69279037", "90698825", "38618901")},
		{20000000000, codes("65353130", "77737706", "47863826")},
	} {
		for algorithm, want := range test.want {
			query := fmt.Sprintf("&digits=8&algorithm=%v", algorithm)
			secret := parse(t, "otpauth://totp/jo?secret="+base32.StdEncoding.EncodeToString([]byte(keys[algorithm]))+query)
			got, err := secret.parts().code(test.seconds / 30)
			if err != nil || got != want {
				t.Errorf("%v at %d is %q, %v; want %q", algorithm, test.seconds, got, err, want)
			}
		}
	}
}

func codes(sha1, sha256, sha512 string) map[otp.Algorithm]string {
	return map[otp.Algorithm]string{otp.AlgorithmSHA1: sha1, otp.AlgorithmSHA256: sha256, otp.AlgorithmSHA512: sha512}
}

// requireNoSecret looks for the secret as it was given, as the key, in hexadecimal and as numbers.
func requireNoSecret(t *testing.T, where, shown string) {
	t.Helper()
	for _, secret := range []string{text, key} {
		for _, form := range []string{
			secret, strings.ToLower(secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]"),
		} {
			if strings.Contains(shown, form) {
				t.Errorf("%s shows the secret: %s", where, shown)
			}
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	secret := parse(t, text)
	generator := NewGenerator(Clock{})
	if _, err := generator.Code(t.Context(), secret, 0); err != nil {
		t.Fatal(err)
	}
	holders := []any{secret, &secret, struct{ Secret Secret }{secret}, struct{ hidden Secret }{secret}, []Secret{secret}, generator}
	for _, holder := range holders {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			requireNoSecret(t, fmt.Sprintf("%s of %T", verb, holder), fmt.Sprintf(verb, holder))
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		if shown := fmt.Sprintf(verb, secret); shown != redacted {
			t.Errorf("%s shows %q, want %q", verb, shown, redacted)
		}
	}
	encoded, err := json.Marshal(map[string]any{"secret": secret, "pointer": &secret})
	if err != nil {
		t.Fatal(err)
	}
	requireNoSecret(t, "JSON", string(encoded))
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("x", "secret", secret, "pointer", &secret, "holder", struct{ Secret Secret }{secret})
	}
	requireNoSecret(t, "the log", log.String())
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{text, "otpauth://totp/jo?secret=" + text + "&digits=8&period=60&algorithm=SHA512", "", "=", "otpauth://totp?secret"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := Parse(text)
		if (err == nil) == (secret.parts == nil) {
			t.Fatalf("secret %v with error %v", secret.parts != nil, err)
		}
		if err != nil {
			return
		}
		code, err := secret.parts().code(1)
		if err != nil || len(code) != secret.parts().digits.Length() {
			t.Fatalf("a code of %d characters, %v", len(code), err)
		}
	})
}
