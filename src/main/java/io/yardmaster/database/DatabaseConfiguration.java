package io.yardmaster.database;

import jakarta.persistence.EntityManagerFactory;
import javax.sql.DataSource;
import org.hibernate.cfg.MultiTenancySettings;
import org.hibernate.context.spi.CurrentTenantIdentifierResolver;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@Configuration(proxyBeanMethods = false)
class DatabaseConfiguration {

    @Bean
    static BeanPostProcessor watchedDataSources(ObjectProvider<DatabaseStartProperties> start) {
        return WatchedDataSource.processor(start);
    }

    @Bean
    static ApplicationListener<ApplicationReadyEvent> endOfStart() {
        return ready ->
                ready.getApplicationContext().getBean(WatchedDataSource.class).started();
    }

    @Bean
    DataDirectory dataDirectory(DatabaseProperties properties) {
        return DataDirectory.open(properties.dataDir());
    }

    @Bean
    TenantTransactionManager transactionManager(
            EntityManagerFactory entityManagers, DataSource dataSource, TransactionProperties properties) {
        return new TenantTransactionManager(entityManagers, dataSource, properties);
    }

    @Bean
    TransactionTemplate transactionTemplate(PlatformTransactionManager transactions) {
        return new TransactionTemplate(transactions);
    }

    @Bean
    SQLExceptionTranslator exceptionTranslator() {
        return new PostgresExceptions();
    }

    /** Lets Hibernate add the tenant to each query of an entity with a {@code @TenantId}. */
    @Bean
    HibernatePropertiesCustomizer tenantOfEntities() {
        return settings -> settings.put(
                MultiTenancySettings.MULTI_TENANT_IDENTIFIER_RESOLVER, new CurrentTenantIdentifierResolver<String>() {
                    @Override
                    public String resolveCurrentTenantIdentifier() {
                        return Tenancy.bound().orElse("");
                    }

                    @Override
                    public boolean validateExistingCurrentSessions() {
                        return true;
                    }

                    @Override
                    public boolean isRoot(String tenant) {
                        return tenant.equals(Tenancy.ALL);
                    }
                });
    }
}
