// Java's and BouncyCastle's certification path validation, with revocation checking.
//
//	java -cp .:bcprov.jar:bcpkix.jar:bcutil.jar Judge
//
// Each line of the input is a case: provider, ocsp or crl, trust anchor, and the
// paths, joined by commas, of the chain from the leaf up and of the CRLs. Each line
// of the output is its verdict: "accepted", or "refused" and why.

import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.util.*;

public class Judge {
	static final String KIND = "X.509";

	static InputStream open(String path) throws IOException {
		return new ByteArrayInputStream(Files.readAllBytes(Paths.get(path)));
	}

	static String judge(String[] is) throws Exception {
		String provider = is[0];
		boolean byCrl = is[1].equals("crl");
		CertificateFactory factory = CertificateFactory.getInstance(KIND, provider.equals("BC") ? "BC" : "SUN");
		X509Certificate anchor = (X509Certificate) factory.generateCertificate(open(is[2]));
		List<X509Certificate> chain = new ArrayList<>();
		for (String path : is[3].split(","))
			chain.add((X509Certificate) factory.generateCertificate(open(path)));

		CertPathValidator validator = CertPathValidator.getInstance("PKIX", provider);
		PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
		Set<PKIXRevocationChecker.Option> options = EnumSet.of(PKIXRevocationChecker.Option.NO_FALLBACK);
		if (byCrl)
			options.add(PKIXRevocationChecker.Option.PREFER_CRLS);
		checker.setOptions(options);

		PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
		parameters.addCertPathChecker(checker);
		if (byCrl) {
			List<CRL> crls = new ArrayList<>();
			for (String path : is[4].split(","))
				crls.add(factory.generateCRL(open(path)));
			parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(crls)));
		}
		validator.validate(factory.generateCertPath(chain), parameters);
		return "accepted";
	}

	static String why(Throwable thrown) {
		StringBuilder text = new StringBuilder("refused");
		for (; thrown != null; thrown = thrown.getCause())
			text.append(text.length() == 7 ? "\t" : ": ")
				.append(String.valueOf(thrown.getMessage()).replaceAll("\\s+", " "));
		return text.toString();
	}

	public static void main(String[] arguments) throws Exception {
		// Without it BouncyCastle does not use OCSP.
		Security.setProperty("ocsp.enable", "true");
		Security.addProvider(new org.bouncycastle.jce.provider.BouncyCastleProvider());
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
		for (String line; (line = in.readLine()) != null;) {
			try {
				System.out.println(judge(line.split("\t", -1)));
			} catch (GeneralSecurityException refused) {
				System.out.println(why(refused));
			}
		}
	}
}
