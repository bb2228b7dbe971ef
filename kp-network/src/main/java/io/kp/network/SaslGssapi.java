package io.kp.network;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import javax.security.auth.Refreshable;
import javax.security.auth.Subject;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;
import javax.security.auth.login.LoginContext;
import javax.security.auth.login.LoginException;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslException;

/**
 * GSSAPI (Kerberos, RFC 4752) by the JDK's own client and login modules. The login (a ticket from a keytab, a cache, or what the module's options say) is used for a
 * while and then made anew with the next authentication, so that no thread has to watch when tickets end.
 */
final class SaslGssapi implements SaslMechanism {
    private static final String NAME = "GSSAPI";

    private final String serviceName;
    private final String loginModule;
    private final Map<String, String> options;
    private final long minTimeBeforeReloginMs;
    private final LongSupplier epochClockMs;
    private final ReentrantLock lock = new ReentrantLock();
    private Subject subject;
    private long loggedInMs;
    private volatile String user;

    SaslGssapi(String serviceName, String loginModule, Map<String, String> options, long minTimeBeforeReloginMs,
            LongSupplier epochClockMs) {
        this.serviceName = serviceName;
        this.loginModule = loginModule;
        this.options = new HashMap<>(options);
        this.minTimeBeforeReloginMs = minTimeBeforeReloginMs;
        this.epochClockMs = epochClockMs;
        this.user = options.getOrDefault("principal", "of the ticket");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String user() {
        return user;
    }

    @Override
    public SaslExchange begin(String host) throws IOException {
        Subject own = login();
        SaslClient client = as(own, host,
                () -> javax.security.sasl.Sasl.createSaslClient(new String[]{NAME}, null, serviceName, host,
                        Map.of(), null));
        if (client == null) {
            throw new SaslRefusedException("this JDK has no GSSAPI (module jdk.security.jgss)");
        }
        return new SaslExchange() {
            @Override
            public byte[] respond(byte[] challenge) throws IOException {
                return as(own, host, () -> client.evaluateChallenge(challenge));
            }

            @Override
            public boolean isComplete() {
                return client.isComplete();
            }
        };
    }

    private Subject login() throws IOException {
        lock.lock();
        try {
            long nowMs = epochClockMs.getAsLong();
            if (subject == null || nowMs - loggedInMs >= minTimeBeforeReloginMs || !isCurrent(subject)) {
                subject = newLogin();
                loggedInMs = nowMs;
                subject.getPrincipals().stream().findFirst().ifPresent(principal -> user = principal.getName());
            }
            return subject;
        } finally {
            lock.unlock();
        }
    }

    private static boolean isCurrent(Subject subject) {
        return subject.getPrivateCredentials(Refreshable.class).stream().allMatch(Refreshable::isCurrent);
    }

    private Subject newLogin() throws IOException {
        AppConfigurationEntry entry = new AppConfigurationEntry(loginModule,
                AppConfigurationEntry.LoginModuleControlFlag.REQUIRED, options);
        try {
            LoginContext context = new LoginContext("KafkaClient", new Subject(), callbacks -> {
                throw new IOException("the login module asks for what nobody can be asked for here");
            }, new Configuration() {
                @Override
                public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
                    return new AppConfigurationEntry[]{entry};
                }
            });
            context.login();
            return context.getSubject();
        } catch (LoginException e) {
            throw failure("login failed: loginModule=" + loginModule + ", error=" + e.getMessage(), e);
        }
    }

    private <T> T as(Subject own, String host, PrivilegedExceptionAction<T> action) throws IOException {
        try {
            return Subject.doAs(own, action);
        } catch (PrivilegedActionException e) {
            Throwable cause = e.getCause();
            Throwable reason = cause instanceof SaslException && cause.getCause() != null ? cause.getCause() : cause;
            throw failure("service=" + serviceName + '/' + host + ", error=" + reason.getMessage(), cause);
        }
    }

    /** Trouble on the way to the KDC passes, and so do its complaints about clocks and about requests that look alike; others are refusals. */
    private static IOException failure(String message, Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            if (cause instanceof SocketException || cause instanceof SocketTimeoutException
                    || cause instanceof UnknownHostException || text.contains("(34)")
                    || text.contains("Cannot contact any KDC")) {
                return new IOException(message, e);
            }
        }
        return new SaslRefusedException(message, e);
    }
}
